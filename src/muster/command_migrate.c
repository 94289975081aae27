#include "cluster/cluster.h"
#include "muster/command.h"
#include "muster/daemon_process.h"
#include "muster/shared_files.h"

const struct command_option command_migrate_options[] = { COMMAND_OPTIONS_END };

struct progress {
	struct command_run *run;
	unsigned count;
};

static void applied(void *context, const struct store_migration *migration)
{
	struct progress *progress = context;

	progress->count++;
	if (command_say(progress->run, NULL, "applied %04d %s", migration->version,
			migration->name) < 0)
		return;
}

int command_migrate(struct command_run *run, struct err *err)
{
	CLEAN(buffer) struct buffer conninfo;
	CLEAN(pg) struct pg *pg = NULL;
	struct progress progress = { .run = run };
	const struct config *config;
	char migrations[SHARED_PATH];
	int r = command_config(run, &config, err);

	buffer_init(&conninfo, 65536);
	if (r == 0 && daemon_is_running(config->instance_directory))
		r = err_set(err, ERR_REFUSED, "musterd is running; first: muster stop");
	if (r == 0)
		r = shared_file_find("migrations", migrations, err);
	if (r == 0)
		r = cluster_ready(config, CLUSTER_SUPERUSER, &conninfo, err);
	if (r == 0)
		r = store_open_unchecked(conninfo.data, STORE_OWNER, "muster migrate", &pg, err);
	if (r == 0)
		r = store_migrate(pg, migrations, command_person(run), applied, &progress, err);
	if (r < 0)
		return r;
	return progress.count ? 0 : command_say(run, err, "The schema is up to date.");
}
