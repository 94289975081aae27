#include "cluster/place.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pg/pg.h"

/* sun_path without its NUL, less the name of the socket in the directory. */
#define SOCKET_DIRECTORY_LONGEST (107 - (int)sizeof("/.s.PGSQL.5432") + 1)

static int account_fill(struct cluster_place *place, const struct passwd *account,
			struct err *err)
{
	int length = snprintf(place->account, sizeof(place->account), "%s", account->pw_name);

	if (length >= (int)sizeof(place->account))
		return err_set(err, ERR_LIMIT, "the name of account %u is too long",
			       (unsigned)account->pw_uid);
	place->user = account->pw_uid;
	place->group = account->pw_gid;
	return 0;
}

/* A short name under /tmp that follows from the directory's. */
static void socket_move(const char *directory, struct cluster_place *place)
{
	static const struct hash_key key = { 0x6d7573746572, 0x736f636b6574 };

	place->socket_moved = true;
	snprintf(place->socket, sizeof(place->socket), "/tmp/muster-%016llx",
		 (unsigned long long)hash_text(&key, text_of(directory)));
}

static int paths_fill(const char *directory, struct cluster_place *place, struct err *err)
{
	int room = (int)sizeof(place->data);

	if (snprintf(place->data, sizeof(place->data), "%s/postgres", directory) >= room ||
	    snprintf(place->run, sizeof(place->run), "%s/run", directory) >= room)
		return err_set(err, ERR_LIMIT, "%s: name too long", directory);
	memcpy(place->socket, place->run, sizeof(place->socket));
	place->socket_moved = false;
	/* libpq takes a comma for the end of one host's name. */
	if (strlen(place->socket) > SOCKET_DIRECTORY_LONGEST || strchr(place->socket, ','))
		socket_move(directory, place);
	return 0;
}

/* Data that the account could not reach in the instance stands elsewhere. */
static int link_follow(const char *directory, struct cluster_place *place, struct err *err)
{
	char target[CLUSTER_PATH];
	ssize_t length = readlink(place->data, target, sizeof(target) - 1);

	if (length < 0 && errno == EINVAL)
		return 0;
	if (length < 0)
		return err_system(err, "%s", place->data);
	target[length] = '\0';
	if (*target != '/')
		return err_set(err, ERR_SYSTEM, "%s: does not lead to a server", place->data);
	memcpy(place->data, target, sizeof(target));
	place->data_moved = true;
	socket_move(directory, place);
	return 0;
}

int cluster_place_find(const char *directory, struct cluster_place *ret_place,
		       struct err *err)
{
	struct cluster_place place = { 0 };
	const struct passwd *account;
	struct stat status;
	int r = paths_fill(directory, &place, err);

	if (r == 0)
		r = link_follow(directory, &place, err);
	if (r < 0)
		return r;
	if (lstat(place.data, &status) < 0)
		return err_system(err, "%s", place.data);
	if (!S_ISDIR(status.st_mode))
		return err_set(err, ERR_SYSTEM, "%s: is not a directory", place.data);
	account = getpwuid(status.st_uid);
	if (!account)
		return err_set(err, ERR_SYSTEM, "%s: belongs to no account (user %u)", place.data,
			       (unsigned)status.st_uid);
	r = account_fill(&place, account, err);
	if (r == 0)
		*ret_place = place;
	return r;
}

static int become(const struct cluster_place *place)
{
	if (geteuid() != 0 || place->user == 0)
		return 0;
	if (setgroups(0, NULL) < 0 || setresgid(place->group, place->group, place->group) < 0 ||
	    setresuid(place->user, place->user, place->user) < 0)
		return -1;
	return setresuid(0, 0, 0) == 0 ? -1 : 0;   /* it must not come back */
}

/* The account may go through a directory and all above it. */
static bool can_pass(const struct cluster_place *place, const char *directory)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(become(place) < 0 || access(directory, X_OK) < 0);
	while (pid > 0 && waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	return pid > 0 && status == 0;
}

int cluster_place_plan(const char *directory, struct cluster_place *ret_place,
		       struct err *err)
{
	struct cluster_place place = { 0 };
	const struct passwd *account;
	int r = paths_fill(directory, &place, err);

	if (r < 0)
		return r;
	account = geteuid() == 0 ? getpwnam("postgres") : getpwuid(geteuid());
	if (!account)
		return geteuid() == 0 ?
			       err_set(err, ERR_SYSTEM,
				       "there is no account \"postgres\" for the server to run as; install PostgreSQL's server package") :
			       err_set(err, ERR_SYSTEM, "user %u has no account on this machine",
				       (unsigned)geteuid());
	r = account_fill(&place, account, err);
	if (r < 0)
		return r;
	if (!can_pass(&place, directory)) {
		place.data_moved = true;
		socket_move(directory, &place);
	}
	*ret_place = place;
	return 0;
}

/* Only root and the server's account put anything into it. */
static int socket_check(const struct cluster_place *place, struct err *err)
{
	struct stat status;

	if (lstat(place->socket, &status) < 0)
		return err_system(err, "%s", place->socket);
	if (!S_ISDIR(status.st_mode) || (status.st_mode & 06) != 0 ||
	    (status.st_uid != 0 && status.st_uid != place->user))
		return err_set(err, ERR_REFUSED,
			       "%s: somebody else made this; the server's socket cannot stand there",
			       place->socket);
	return 0;
}

int cluster_place_socket(const struct cluster_place *place, struct err *err)
{
	bool give = geteuid() == 0 && place->user != 0;
	mode_t mode = give ? CLUSTER_SOCKET_MODE : 0700;

	if (mkdir(place->socket, 0700) == 0) {
		if (give && chown(place->socket, 0, place->group) < 0)
			return err_system(err, "%s", place->socket);
		return chmod(place->socket, mode) < 0 ? err_system(err, "%s", place->socket) : 0;
	}
	if (errno != EEXIST)
		return err_system(err, "%s", place->socket);
	return socket_check(place, err);
}

int cluster_socket_directory(const char *directory, char ret_path[CLUSTER_PATH],
			     bool *ret_moved, struct err *err)
{
	struct cluster_place place = { 0 };
	int r = cluster_place_find(directory, &place, NULL);

	if (r < 0)
		r = paths_fill(directory, &place, err);
	if (r < 0)
		return r;
	memcpy(ret_path, place.socket, CLUSTER_PATH);
	*ret_moved = place.socket_moved;
	return 0;
}

int cluster_data_directory(const char *directory, char ret_path[CLUSTER_PATH],
			   bool *ret_moved, struct err *err)
{
	struct cluster_place place;
	int r = cluster_place_find(directory, &place, err);

	if (r < 0)
		return r;
	memcpy(ret_path, place.data, CLUSTER_PATH);
	*ret_moved = place.data_moved;
	return 0;
}

void cluster_conninfo(const char *directory, const char *role, const char *database,
		      struct buffer *ret_conninfo)
{
	struct cluster_place place = { 0 };

	if (cluster_place_find(directory, &place, NULL) < 0 &&
	    paths_fill(directory, &place, NULL) < 0)
		return;
	pg_add_setting(ret_conninfo, "host", place.socket);
	pg_add_setting(ret_conninfo, "port", "5432");
	pg_add_setting(ret_conninfo, "user", role);
	pg_add_setting(ret_conninfo, "dbname", database);
	if (*place.account)
		pg_add_setting(ret_conninfo, "requirepeer", place.account);
}

/* Running its programs --------------------------------------------------------- */

int cluster_enter(const struct cluster_place *place)
{
	umask(077);
	if (become(place) < 0)
		return CLUSTER_EXIT_EXEC;
	return chdir(place->data) < 0 ? CLUSTER_EXIT_ENTER : 0;
}

static int log_open_as_output(const char *name)
{
	CLEAN(fd) int log = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);

	return log < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0 ? -1 : 0;
}

int cluster_exec(const struct cluster_place *place, const char *program,
		 const char *const *arguments, const char *log)
{
	const char *const environment[] = { "PATH=/usr/bin:/bin", "LANG=C", "LC_ALL=C", "TZ=UTC",
					    NULL };
	const char *words[CLUSTER_ARGUMENTS + 2] = { NULL };
	char path[CLUSTER_PATH];
	int status = cluster_enter(place);

	if (status != 0)
		return status;
	if (log && log_open_as_output(log) < 0)
		return CLUSTER_EXIT_EXEC;
	if (snprintf(path, sizeof(path), "%s/%s", MUSTER_PG_BIN, program) >= (int)sizeof(path))
		return CLUSTER_EXIT_EXEC;
	/* They look for each other beside the first word. */
	words[0] = path;
	for (size_t i = 0; arguments[i] && i < CLUSTER_ARGUMENTS; i++)
		words[i + 1] = arguments[i];
	execve(path, (char *const *)(uintptr_t)words, (char *const *)(uintptr_t)environment);
	return CLUSTER_EXIT_EXEC;
}

int cluster_exec_error(const struct cluster_place *place, const char *program, int status,
		       struct err *err)
{
	if (status == CLUSTER_EXIT_ENTER)
		return err_set(err, ERR_SYSTEM,
			       "%s: the account %s cannot enter this directory; every directory above it must let that account through (the instance may have been moved)",
			       place->data, place->account);
	if (status == CLUSTER_EXIT_EXEC)
		return err_set(err, ERR_SYSTEM, "%s/%s: cannot be run as account %s",
			       MUSTER_PG_BIN, program, place->account);
	return 0;
}

pid_t cluster_process(const struct cluster_place *place)
{
	CLEAN(buffer) struct buffer content;
	char path[CLUSTER_PATH + 32];
	struct text rest;
	uint64_t number;

	buffer_init(&content, 65536 * 3);
	snprintf(path, sizeof(path), "%s/postmaster.pid", place->data);
	if (file_read_all(path, 65536, &content, NULL) < 0)
		return 0;
	rest = buffer_text(&content);
	if (!text_to_u64(text_trim(text_split(&rest, '\n')), &number) || number > INT32_MAX)
		return 0;
	return (pid_t)number;
}
