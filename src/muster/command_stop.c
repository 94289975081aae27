#include "cluster/cluster.h"
#include "muster/command.h"
#include "muster/daemon_process.h"

const struct command_option command_stop_options[] = { COMMAND_OPTIONS_END };

int command_stop(struct command_run *run, struct err *err)
{
	const struct config *config;
	bool is_private, ran;
	int r = command_config(run, &config, err);

	if (r < 0)
		return r;
	r = daemon_stop(config->instance_directory, err);
	if (r < 0)
		return r;
	if (r > 0) {
		r = command_say(run, err, "musterd is stopped.");
		if (r < 0)
			return r;
	}
	is_private = !*config->database_conninfo && cluster_exists(config->instance_directory);
	if (!is_private)
		return command_say(run, err, "The database is not this instance's own and goes on.");
	ran = cluster_is_running(config->instance_directory);
	r = cluster_stop(config->instance_directory, err);
	if (r < 0)
		return r;
	return command_say(run, err, ran ? "The PostgreSQL server is stopped." :
					   "The PostgreSQL server was not running.");
}
