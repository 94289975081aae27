#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cluster/cluster.h"
#include "muster/command.h"
#include "muster/shared_files.h"
#include "muster/standard_source.h"
#include "muster/standards_shipped.h"
#include "spool/spool.h"

const struct command_option command_init_options[] = {
	{ "database", 'd', "CONNINFO", 0,
	  "keep the books in this database of a PostgreSQL server, not in a private one" },
	COMMAND_OPTIONS_END
};

/* What is being made, so that it can be unmade. */
struct making {
	struct command_run *run;
	char directory[PATH_MAX];
	const char *database;          /* or NULL: a private server */
	bool made_directory;
	bool made_schema;
	struct buffer conninfo;        /* of the database's owner */
};

/* An interrupt ends the work between two steps, and what was made goes. */
static volatile sig_atomic_t interrupted;

static void interrupt(int signal UNUSED)
{
	interrupted = 1;
}

static void interrupts_heed(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = interrupt };

	for (size_t i = 0; i < ARRAY_LENGTH(signals); i++)
		sigaction(signals[i], &action, NULL);
}

/* Unmaking --------------------------------------------------------------------------- */

static int entry_remove(const char *path, const struct stat *status UNUSED, int kind UNUSED,
			struct FTW *place)
{
	if (place->level > 0)
		(void)remove(path);
	return 0;
}

static void schema_remove(const struct making *making)
{
	CLEAN(pg) struct pg *pg = NULL;

	if (pg_open(making->database, "muster init", &pg, NULL) < 0 ||
	    store_schema_drop(pg, NULL) < 0)
		command_warn("the schema muster could not be removed from the database");
}

static void unmake(const struct making *making)
{
	struct err err = { 0 };

	if (cluster_exists(making->directory) && cluster_remove(making->directory, &err) < 0)
		command_warn("%s", err.text);
	if (making->made_schema && making->database)
		schema_remove(making);
	(void)nftw(making->directory, entry_remove, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
	if (making->made_directory)
		(void)rmdir(making->directory);
}

/* Its directory ------------------------------------------------------------------------ */

static int any_entry(const char *path, const struct stat *status UNUSED, int kind UNUSED,
		     struct FTW *place)
{
	return path && place->level > 0;
}

static int directory_make(struct making *making, const char *name, struct err *err)
{
	if (mkdir(name, 0755) == 0) {
		making->made_directory = true;
		if (chmod(name, 0755) < 0)
			return err_system(err, "%s", name);
	} else if (errno != EEXIST) {
		return err_system(err, "%s", name);
	}
	if (!realpath(name, making->directory)) {
		making->directory[0] = '\0';
		return err_system(err, "%s", name);
	}
	if (making->made_directory)
		return 0;
	if (nftw(making->directory, any_entry, 16, FTW_PHYS | FTW_MOUNT) != 0) {
		making->directory[0] = '\0';
		return err_set(err, ERR_REFUSED, "%s is not an empty directory; an instance needs one of its own",
			       name);
	}
	return 0;
}

/* muster.conf is readable by its group; not so where it may hold a password. */
static int configuration_write(const struct making *making, struct err *err)
{
	CLEAN(buffer) struct buffer content;
	CLEAN(config) struct config config = { 0 };
	CLEAN(fd) int directory = open(making->directory, O_DIRECTORY | O_CLOEXEC);
	int r;

	buffer_init(&content, (size_t)1 << 20);
	if (directory < 0)
		return err_system(err, "%s", making->directory);
	r = config_parse("muster.conf", TEXT(""), making->directory, &config, err);
	if (r < 0)
		return r;
	config.instance_directory = "";
	if (making->database)
		config.database_conninfo = making->database;
	config_print(&config, &content);
	if (content.failed)
		return err_set(err, ERR_MEMORY, "out of memory");
	return file_replace(directory, "muster.conf", making->database ? 0600 : 0644,
			    buffer_text(&content), err);
}

static int spool_make(const struct making *making, struct err *err)
{
	CLEAN(spool) struct spool *spool = NULL;

	return spool_open(making->directory, &spool, err);
}

/* Its database --------------------------------------------------------------------------- */

static int schema_make(struct making *making, const char *conninfo, struct err *err)
{
	CLEAN(pg) struct pg *pg = NULL;
	int r = pg_open(conninfo, "muster init", &pg, err);

	if (r == 0)
		r = store_schema_create(pg, err);
	making->made_schema = r == 0;
	return r;
}

static int server_make(struct making *making, struct err *err)
{
	CLEAN(buffer) struct buffer conninfo;
	CLEAN(pg) struct pg *pg = NULL;
	int r = cluster_make(making->directory, err);

	buffer_init(&conninfo, 65536);
	if (r == 0)
		r = cluster_start(making->directory, err);
	if (r < 0)
		return r;
	cluster_conninfo(making->directory, CLUSTER_SUPERUSER, "postgres", &conninfo);
	cluster_conninfo(making->directory, CLUSTER_SUPERUSER, CLUSTER_DATABASE,
			 &making->conninfo);
	r = pg_open(conninfo.data, "muster init", &pg, err);
	return r < 0 ? r : store_database_create(pg, CLUSTER_DATABASE, err);
}

/* The run directory of an instance whose server is elsewhere. */
static int server_take(struct making *making, struct err *err)
{
	char path[PATH_MAX + 8];

	snprintf(path, sizeof(path), "%s/run", making->directory);
	buffer_add_string(&making->conninfo, making->database);
	return file_make_directory(path, 0700, err);
}

static int books_open(struct making *making, struct pg **ret_pg, struct err *err)
{
	struct hash_key key;
	char migrations[SHARED_PATH];
	CLEAN(pg) struct pg *pg = NULL;
	int r = shared_file_find("migrations", migrations, err);

	if (getrandom(&key, sizeof(key), 0) != (ssize_t)sizeof(key))
		return err_system(err, "getrandom");
	if (r == 0)
		r = store_open_unchecked(making->conninfo.data, STORE_OWNER, "muster init", &pg, err);
	if (r == 0)
		r = store_migrate(pg, migrations, command_person(making->run), NULL, NULL, err);
	if (r == 0)
		r = store_instance_create(pg, &key, err);
	if (r < 0)
		return r;
	*ret_pg = pg;
	pg = NULL;
	return 0;
}

static int database_make(struct making *making, struct err *err)
{
	CLEAN(pg) struct pg *pg = NULL;
	int r = making->database ? server_take(making, err) : server_make(making, err);

	if (r == 0 && interrupted)
		return err_set(err, ERR_SYSTEM, "interrupted");
	if (r == 0)
		r = schema_make(making, making->conninfo.data, err);
	if (r == 0)
		r = books_open(making, &pg, err);
	return r < 0 ? r : standards_shipped_load(pg, command_person(making->run), err);
}

/* All of it --------------------------------------------------------------------------------- */

static int make(struct making *making, struct err *err)
{
	int r = configuration_write(making, err);

	if (r == 0)
		r = spool_make(making, err);
	if (r == 0)
		r = database_make(making, err);
	if (r == 0 && interrupted)
		r = err_set(err, ERR_SYSTEM, "interrupted");
	return r;
}

/* Parts of the private server that could not stand in the instance. */
static int elsewhere_tell(struct making *making, struct err *err)
{
	char path[CLUSTER_PATH];
	bool moved = false;
	int r = 0;

	if (cluster_data_directory(making->directory, path, &moved, NULL) == 0 && moved)
		r = command_say(making->run, err,
				"The server's account cannot pass into this directory; its data stand in %s.",
				path);
	if (r == 0 && cluster_socket_directory(making->directory, path, &moved, NULL) == 0 &&
	    moved)
		r = command_say(making->run, err,
				"Its socket cannot stand in this directory; it listens in %s.", path);
	return r;
}

static int what_next(struct making *making, struct err *err)
{
	int r = making->database ? 0 : elsewhere_tell(making, err);

	if (r < 0)
		return r;
	return command_say(making->run, err,
			   "An instance is made in %s. Next:\n"
			   "\n"
			   "  export MUSTER_CONFIG=%s/muster.conf\n"
			   "  muster contractor add ACME --name 'Acme Corporation' --unsigned\n"
			   "  muster system add ACME/web --format ndjson\n"
			   "  musterd\n"
			   "\n"
			   "ACME then delivers files named web.ANYTHING into %s/spool/ACME/incoming.",
			   making->directory, making->directory, making->directory);
}

int command_init(struct command_run *run, struct err *err)
{
	struct making making = { .run = run, .database = command_option(run, "database") };
	int r;

	if (making.database && !*making.database)
		return err_set(err, ERR_USAGE, "--database needs a connection string, such as \"host=db.example dbname=muster\"");
	buffer_init(&making.conninfo, 65536);
	interrupts_heed();
	r = directory_make(&making, command_argument(run, 0), err);
	if (r == 0) {
		r = make(&making, err);
		if (r < 0)
			err_prefix(err, "no instance was made");
	}
	if (r < 0 && *making.directory)
		unmake(&making);
	buffer_done(&making.conninfo);
	return r < 0 ? r : what_next(&making, err);
}
