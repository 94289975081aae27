#include "cluster/place.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* A server that recovers from a crash may take long; one that died is seen at once. */
#define START_SECONDS 600
#define STOP_SECONDS 120
#define STEP_MILLISECONDS 20
/* After a kill, orphans of the last server may still hold its memory. */
#define START_TRIES 20
#define TRY_MILLISECONDS 250

static void wait_milliseconds(int milliseconds)
{
	(void)poll(NULL, 0, milliseconds);
}

/* Somebody listens on the socket. */
static bool listens(const struct cluster_place *place)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	CLEAN(fd) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || snprintf(address.sun_path, sizeof(address.sun_path), "%s/.s.PGSQL.5432",
			       place->socket) >= (int)sizeof(address.sun_path))
		return false;
	return connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0;
}

/* The eighth line of postmaster.pid says "ready" when clients are let in. */
static bool is_ready(const struct cluster_place *place)
{
	CLEAN(buffer) struct buffer content;
	char path[CLUSTER_PATH + 32];
	struct text rest, line = TEXT_NONE;

	buffer_init(&content, 65536 * 3);
	snprintf(path, sizeof(path), "%s/postmaster.pid", place->data);
	if (file_read_all(path, 65536, &content, NULL) < 0)
		return false;
	rest = buffer_text(&content);
	for (int i = 0; i < 8; i++)
		line = text_split(&rest, '\n');
	return text_equal(text_trim(line), TEXT("ready")) && listens(place);
}

bool cluster_exists(const char *directory)
{
	char path[CLUSTER_PATH];
	struct stat status;

	return snprintf(path, sizeof(path), "%s/postgres", directory) < (int)sizeof(path) &&
	       stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

bool cluster_is_running(const char *directory)
{
	struct cluster_place place;

	return cluster_place_find(directory, &place, NULL) == 0 && listens(&place);
}

/* One process at a time starts or stops a server. */
static int lock_take(const struct cluster_place *place, int *ret_lock, struct err *err)
{
	char path[CLUSTER_PATH + 32];
	CLEAN(fd) int lock = -1;

	snprintf(path, sizeof(path), "%s/cluster.lock", place->run);
	lock = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (lock < 0)
		return err_system(err, "%s", path);
	while (flock(lock, LOCK_EX) < 0)
		if (errno != EINTR)
			return err_system(err, "%s", path);
	*ret_lock = fd_take(&lock);
	return 0;
}

static int may_control(const struct cluster_place *place, struct err *err)
{
	if (geteuid() == 0 || geteuid() == place->user)
		return 0;
	return err_set(err, ERR_REFUSED, "%s: belongs to the account %s; work as that account or as root",
		       place->data, place->account);
}

/* Starting ----------------------------------------------------------------------- */

/*
 * The server must outlive whoever starts it: a session of its own, and no
 * parent but init. It keeps one end of a pipe, which closes when it is gone.
 */
NORETURN static void server(const struct cluster_place *place, int alive)
{
	char sockets[CLUSTER_PATH + 32];
	const char *const arguments[] = { "-D", ".", "-c", sockets, NULL };
	int null = open("/dev/null", O_RDWR);

	/* Named from the server's own directory, so that no character in the
	 * name of the instance can be mistaken for a separator. */
	snprintf(sockets, sizeof(sockets), "unix_socket_directories=%s",
		 place->socket_moved ? place->socket : "../run");
	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0 ||
	    dup2(alive, 3) < 0 || close_range(4, ~0u, 0) < 0 || setsid() < 0)
		_exit(CLUSTER_EXIT_EXEC);
	if (fork() != 0)
		_exit(0);
	_exit(cluster_exec(place, "postgres", arguments, "log/start.log"));
}

/* Start it once; *ret_alive is at its end when the server is gone. */
static int spawn(const struct cluster_place *place, int *ret_alive, struct err *err)
{
	int ends[2], status;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_system(err, "pipe");
	pid = fork();
	if (pid == 0)
		server(place, ends[1]);
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return err_system(err, "fork");
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	*ret_alive = ends[0];
	return 0;
}

/* 1: ready; 0: it died; negative: it takes too long. */
static int await(const struct cluster_place *place, int alive, struct err *err)
{
	struct pollfd end = { .fd = alive, .events = POLLIN };

	for (int i = 0; i < START_SECONDS * 1000 / STEP_MILLISECONDS; i++) {
		if (is_ready(place))
			return 1;
		if (poll(&end, 1, STEP_MILLISECONDS) > 0)
			return 0;
	}
	return err_set(err, ERR_SYSTEM,
		       "the PostgreSQL server is not ready after %d seconds; see %s/log",
		       START_SECONDS, place->data);
}

static int died(const struct cluster_place *place, struct err *err)
{
	CLEAN(buffer) struct buffer content;
	char path[CLUSTER_PATH + 32];
	struct text rest, said = TEXT("it said nothing");

	buffer_init(&content, 65536 * 3);
	snprintf(path, sizeof(path), "%s/log/start.log", place->data);
	rest = file_read_all(path, 65536, &content, NULL) < 0 ? TEXT_NONE : buffer_text(&content);
	while (rest.length) {
		struct text line = text_trim(text_split(&rest, '\n'));
		size_t fatal = text_find(line, TEXT("FATAL:"));
		if (fatal < line.length)
			said = text_trim(text_skip(line, fatal + 6));
	}
	return err_set(err, ERR_SYSTEM, "the PostgreSQL server does not start: %.*s; see %s/log",
		       TEXT_PRINT(text_head(said, 400)), place->data);
}

static int can_enter(const struct cluster_place *place, struct err *err)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(cluster_enter(place));
	if (pid < 0)
		return err_system(err, "fork");
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_system(err, "waitpid");
	return WIFEXITED(status) ?
		       cluster_exec_error(place, "postgres", WEXITSTATUS(status), err) :
		       0;
}

static int start(const struct cluster_place *place, struct err *err)
{
	int r = can_enter(place, err);

	if (r == 0)
		r = cluster_place_socket(place, err);
	if (r < 0)
		return r;
	for (int i = 0; i < START_TRIES; i++) {
		CLEAN(fd) int alive = -1;

		if (i > 0)
			wait_milliseconds(TRY_MILLISECONDS);
		r = spawn(place, &alive, err);
		if (r == 0)
			r = await(place, alive, err);
		if (r != 0)
			return r < 0 ? r : 0;
	}
	return died(place, err);
}

int cluster_start(const char *directory, struct err *err)
{
	CLEAN(fd) int lock = -1;
	struct cluster_place place;
	int r = cluster_place_find(directory, &place, err);

	if (r < 0)
		return r;
	/* The account's own files are not for everybody to look into. */
	if (geteuid() != 0 && geteuid() != place.user)
		return listens(&place) ? 0 : may_control(&place, err);
	if (is_ready(&place))
		return 0;
	r = lock_take(&place, &lock, err);
	if (r < 0 || is_ready(&place))
		return r;
	return start(&place, err);
}

/* Stopping ------------------------------------------------------------------------ */

int cluster_stop(const char *directory, struct err *err)
{
	CLEAN(fd) int lock = -1;
	struct cluster_place place;
	pid_t process;
	int r = cluster_place_find(directory, &place, err);

	if (r == 0)
		r = may_control(&place, err);
	if (r == 0)
		r = lock_take(&place, &lock, err);
	if (r < 0)
		return r;
	if (!listens(&place))
		return 0;
	process = cluster_process(&place);
	if (process <= 1)
		return err_set(err, ERR_SYSTEM, "%s: no process is named in postmaster.pid",
			       place.data);
	/* SIGINT: end the sessions, write everything, leave. */
	if (kill(process, SIGINT) < 0 && errno != ESRCH)
		return err_system(err, "stopping process %d", (int)process);
	for (int i = 0; i < STOP_SECONDS * 1000 / STEP_MILLISECONDS; i++) {
		if (!listens(&place) && cluster_process(&place) == 0) {
			if (place.socket_moved)
				(void)rmdir(place.socket);
			return 0;
		}
		wait_milliseconds(STEP_MILLISECONDS);
	}
	return err_set(err, ERR_SYSTEM, "the PostgreSQL server does not stop; see %s/log",
		       place.data);
}

int cluster_ready(const struct config *config, const char *role, struct buffer *ret_conninfo,
		  struct err *err)
{
	int r;

	if (*config->database_conninfo) {
		buffer_add_string(ret_conninfo, config->database_conninfo);
		return 0;
	}
	if (!cluster_exists(config->instance_directory))
		return err_set(err, ERR_CONFIG,
			       "%s has no private PostgreSQL server and muster.conf names no database; make an instance with: muster init DIR",
			       config->instance_directory);
	r = cluster_start(config->instance_directory, err);
	if (r == 0)
		cluster_conninfo(config->instance_directory, role, CLUSTER_DATABASE, ret_conninfo);
	return r;
}
