#include "muster/daemon_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#define STOP_SECONDS 300
#define STEP_MILLISECONDS 50

/* The open lock file, or -1 where there is none. */
static int lock_open(const char *directory)
{
	char path[4400];

	if (snprintf(path, sizeof(path), "%s/run/musterd.lock", directory) >= (int)sizeof(path))
		return -1;
	return open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}

/* Somebody else holds it; a lock that nobody holds is given back at once. */
static bool lock_is_held(int lock)
{
	if (flock(lock, LOCK_SH | LOCK_NB) == 0) {
		(void)flock(lock, LOCK_UN);
		return false;
	}
	return errno == EWOULDBLOCK;
}

/* The process whose number stands in the file; 0 where none does. */
static pid_t lock_holder(int lock)
{
	char number[32];
	ssize_t length = pread(lock, number, sizeof(number), 0);
	uint64_t pid;

	if (length <= 0)
		return 0;
	if (!text_to_u64(text_trim((struct text){ number, (size_t)length }), &pid) || pid <= 1 ||
	    pid > INT32_MAX)
		return 0;
	return (pid_t)pid;
}

bool daemon_is_running(const char *directory)
{
	CLEAN(fd) int lock = lock_open(directory);

	return lock >= 0 && lock_is_held(lock);
}

void daemon_refresh(const char *directory)
{
	CLEAN(fd) int lock = lock_open(directory);
	pid_t holder;

	if (lock < 0 || !lock_is_held(lock))
		return;
	holder = lock_holder(lock);
	if (holder > 1)
		(void)kill(holder, SIGHUP);
}

int daemon_stop(const char *directory, struct err *err)
{
	CLEAN(fd) int lock = lock_open(directory);
	pid_t holder;

	if (lock < 0 && errno != ENOENT)
		return err_system(err, "%s/run/musterd.lock", directory);
	if (lock < 0 || !lock_is_held(lock))
		return 0;
	holder = lock_holder(lock);
	if (holder <= 1)
		return err_set(err, ERR_SYSTEM, "musterd runs, but %s/run/musterd.lock does not say as which process",
			       directory);
	if (kill(holder, SIGTERM) < 0 && errno != ESRCH)
		return err_system(err, "stopping musterd (process %d)", (int)holder);
	for (int i = 0; i < STOP_SECONDS * 1000 / STEP_MILLISECONDS; i++) {
		if (!lock_is_held(lock))
			return 1;
		(void)poll(NULL, 0, STEP_MILLISECONDS);
	}
	return err_set(err, ERR_SYSTEM, "musterd (process %d) has not stopped after %d seconds",
		       (int)holder, STOP_SECONDS);
}
