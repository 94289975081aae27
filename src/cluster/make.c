#include "cluster/place.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Where data stands that the server's account cannot reach in the instance. */
#define CLUSTER_ELSEWHERE "/var/lib/muster"

#define OUTPUT_LIMIT ((size_t)1 << 20)

static int entry_remove(const char *path, const struct stat *status UNUSED, int kind UNUSED,
			struct FTW *at UNUSED)
{
	return remove(path);
}

int cluster_remove(const char *directory, struct err *err)
{
	struct cluster_place place;
	char name[CLUSTER_PATH + 16];
	int r = cluster_stop(directory, err);

	if (r == 0)
		r = cluster_place_find(directory, &place, err);
	if (r < 0)
		return r;
	snprintf(name, sizeof(name), "%s/postgres", directory);
	if (nftw(place.data, entry_remove, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) != 0)
		return err_system(err, "%s", place.data);
	if (place.data_moved && unlink(name) < 0)
		return err_system(err, "%s", name);
	return 0;
}

/* Running initdb --------------------------------------------------------------- */

static void read_to_end(int fd, struct buffer *output)
{
	char piece[4096];
	ssize_t got;

	while ((got = read(fd, piece, sizeof(piece))) != 0) {
		if (got < 0 && errno != EINTR)
			return;
		if (got > 0 && !output->failed)
			buffer_add(output, piece, (size_t)got);
	}
}

NORETURN static void child(const struct cluster_place *place, const char *program,
			   const char *const *arguments, int output)
{
	int null = open("/dev/null", O_RDONLY);

	if (null < 0 || dup2(null, 0) < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0)
		_exit(CLUSTER_EXIT_EXEC);
	if (close_range(3, ~0u, 0) < 0)
		_exit(CLUSTER_EXIT_EXEC);
	_exit(cluster_exec(place, program, arguments, NULL));
}

/* What a failing program said last. */
static struct text last_line(struct text said)
{
	struct text line, last = TEXT("it said nothing");

	said = text_trim(said);
	while (said.length) {
		line = text_trim(text_split(&said, '\n'));
		if (line.length)
			last = line;
	}
	return last;
}

static int run(const struct cluster_place *place, const char *program,
	       const char *const *arguments, struct err *err)
{
	CLEAN(buffer) struct buffer output;
	int ends[2], status = 0, r;
	pid_t pid;

	buffer_init(&output, OUTPUT_LIMIT);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_system(err, "pipe");
	pid = fork();
	if (pid == 0)
		child(place, program, arguments, ends[1]);
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return err_system(err, "fork");
	}
	read_to_end(ends[0], &output);
	close(ends[0]);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_system(err, "waitpid");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFEXITED(status)) {
		r = cluster_exec_error(place, program, WEXITSTATUS(status), err);
		if (r < 0)
			return r;
	}
	return err_set(err, ERR_SYSTEM, "%s failed: %.*s", program,
		       TEXT_PRINT(text_head(last_line(buffer_text(&output)), 600)));
}

/* Its files ---------------------------------------------------------------------- */

/* 256 MB, or an eighth of a small machine. */
static long shared_buffers_megabytes(void)
{
	long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
	long eighth = pages > 0 && size > 0 ? pages / 8 / (1024 * 1024 / size) : 256;

	return eighth > 256 ? 256 : eighth < 16 ? 16 : eighth;
}

static void settings_print(struct buffer *out)
{
	buffer_add_format(out,
			  "# Written when the instance was made. The place of the socket is\n"
			  "# given on the command line by whoever starts the server.\n"
			  "listen_addresses = ''\n"
			  "unix_socket_permissions = 0777\t# the directory and pg_hba.conf guard it\n"
			  "max_connections = 60\n"
			  "\n"
			  "shared_buffers = %ldMB\n"
			  "work_mem = 16MB\n"
			  "maintenance_work_mem = 128MB\n"
			  "jit = off\n"
			  "\n"
			  "# What was acknowledged stays, whatever happens to the machine.\n"
			  "fsync = on\n"
			  "synchronous_commit = on\n"
			  "full_page_writes = on\n"
			  "wal_compression = off\n"
			  "wal_buffers = 16MB\n"
			  "max_wal_size = 4GB\n"
			  "checkpoint_timeout = 15min\n"
			  "autovacuum = on\n"
			  "\n"
			  "# One file a weekday, written over after a week.\n"
			  "logging_collector = on\n"
			  "log_directory = 'log'\n"
			  "log_filename = 'postgresql-%%a.log'\n"
			  "log_truncate_on_rotation = on\n"
			  "log_rotation_age = 1d\n"
			  "log_rotation_size = 0\n"
			  "log_line_prefix = '%%m [%%p] %%a %%u '\n"
			  "log_timezone = 'UTC'\n"
			  "\n"
			  "timezone = 'UTC'\n"
			  "datestyle = 'ISO, YMD'\n"
			  "lc_messages = 'C'\n"
			  "default_text_search_config = 'pg_catalog.simple'\n",
			  shared_buffers_megabytes());
}

static void admissions_print(struct buffer *out)
{
	buffer_add_string(out,
			  "# Nobody gets in but over the socket, and only the accounts of\n"
			  "# pg_ident.conf, as the roles it gives them.\n"
			  "local all all peer map=muster\n");
}

static void identities_add(struct buffer *out, const char *account)
{
	static const char *const roles[] = { CLUSTER_SUPERUSER, "muster_daemon", "muster_officer",
					     "muster_auditor" };

	for (size_t i = 0; i < ARRAY_LENGTH(roles); i++)
		buffer_add_format(out, "muster \"%s\" %s\n", account, roles[i]);
}

static void identities_print(const struct cluster_place *place, struct buffer *out)
{
	const struct passwd *maker = getpwuid(geteuid());

	buffer_add_string(out, "# map, account of the machine, role\n");
	identities_add(out, "root");
	if (strcmp(place->account, "root") != 0)
		identities_add(out, place->account);
	if (maker && strcmp(maker->pw_name, "root") != 0 &&
	    strcmp(maker->pw_name, place->account) != 0)
		identities_add(out, maker->pw_name);
}

static int file_write(const struct cluster_place *place, int directory, const char *name,
		      const struct buffer *content, struct err *err)
{
	int r = content->failed ? err_set(err, ERR_MEMORY, "out of memory") :
				  file_replace(directory, name, 0600, buffer_text(content), err);

	if (r == 0 && geteuid() == 0 &&
	    fchownat(directory, name, place->user, place->group, AT_SYMLINK_NOFOLLOW) < 0)
		return err_system(err, "%s", name);
	return r;
}

static int files_write(const struct cluster_place *place, struct err *err)
{
	CLEAN(buffer) struct buffer settings, admissions, identities;
	CLEAN(fd) int directory = open(place->data, O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int r;

	buffer_init(&settings, 65536);
	buffer_init(&admissions, 65536);
	buffer_init(&identities, 65536);
	if (directory < 0)
		return err_system(err, "%s", place->data);
	settings_print(&settings);
	admissions_print(&admissions);
	identities_print(place, &identities);
	r = file_write(place, directory, "postgresql.conf", &settings, err);
	if (r == 0)
		r = file_write(place, directory, "pg_hba.conf", &admissions, err);
	if (r == 0)
		r = file_write(place, directory, "pg_ident.conf", &identities, err);
	return r;
}

/* A directory of the server's account. */
static int directory_make(const struct cluster_place *place, const char *path, struct err *err)
{
	if (mkdir(path, 0700) < 0)
		return err_system(err, "%s", path);
	if (geteuid() == 0 && lchown(path, place->user, place->group) < 0)
		return err_system(err, "%s", path);
	return 0;
}

static int run_directory_make(const struct cluster_place *place, struct err *err)
{
	bool give = geteuid() == 0 && place->user != 0;
	int r = file_make_directory(place->run, 0700, err);

	if (r < 0 || !give)
		return r;
	if (chown(place->run, 0, place->group) < 0 || chmod(place->run, CLUSTER_SOCKET_MODE) < 0)
		return err_system(err, "%s", place->run);
	return 0;
}

/* A place that every account can pass to, and a link to it in the instance. */
static int data_make_elsewhere(struct cluster_place *place, const char *directory,
			       struct err *err)
{
	char name[CLUSTER_PATH + 16];

	snprintf(name, sizeof(name), "%s/postgres", directory);
	snprintf(place->data, sizeof(place->data), CLUSTER_ELSEWHERE "/cluster-XXXXXX");
	if (mkdir(CLUSTER_ELSEWHERE, 0755) < 0 && errno != EEXIST)
		return err_system(err, CLUSTER_ELSEWHERE);
	if (!mkdtemp(place->data) || lchown(place->data, place->user, place->group) < 0)
		return err_system(err, "%s", place->data);
	if (symlink(place->data, name) < 0) {
		(void)rmdir(place->data);
		return err_system(err, "%s", name);
	}
	return 0;
}

static int data_make(struct cluster_place *place, const char *directory, struct err *err)
{
	return place->data_moved ? data_make_elsewhere(place, directory, err) :
				   directory_make(place, place->data, err);
}

int cluster_make(const char *directory, struct err *err)
{
	const char *const arguments[] = { "--pgdata=.",
					  "--username=" CLUSTER_SUPERUSER,
					  "--auth=peer",
					  "--encoding=UTF8",
					  "--locale=C",
					  "--data-checksums",
					  "--no-instructions",
					  NULL };
	struct cluster_place place;
	char log[CLUSTER_PATH + 8];
	int r = cluster_place_plan(directory, &place, err);

	if (r == 0)
		r = run_directory_make(&place, err);
	if (r == 0)
		r = data_make(&place, directory, err);
	if (r == 0)
		r = run(&place, "initdb", arguments, err);
	if (r == 0)
		r = files_write(&place, err);
	snprintf(log, sizeof(log), "%s/log", place.data);
	if (r == 0)
		r = directory_make(&place, log, err);
	return r;
}
