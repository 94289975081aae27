#include "daemon/parts.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define PATIENCE 5                     /* failures in a row that --once bears */

int64_t daemon_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Alone on this instance ------------------------------------------------------------ */

static int held_by_another(int lock, const char *path, struct err *err)
{
	char holder[32] = "";
	ssize_t got = pread(lock, holder, sizeof(holder) - 1, 0);
	struct text process = text_trim((struct text){ holder, got > 0 ? (size_t)got : 0 });
	uint64_t number;

	if (!text_to_u64(process, &number))
		process = TEXT("unknown");
	return err_set(err, ERR_REFUSED,
		       "another musterd works on this instance (process %.*s, which holds %s)",
		       TEXT_PRINT(process), path);
}

/* The kernel drops the lock with its holder, however that ends. */
static int take_lock(struct daemon *daemon, struct err *err)
{
	char run[4096], path[4200], process[32];

	if (snprintf(run, sizeof(run), "%s/run", daemon->config.instance_directory) >=
	    (int)sizeof(run))
		return err_set(err, ERR_LIMIT, "instance.directory is too long");
	if (mkdir(run, 0755) < 0 && errno != EEXIST)
		return err_system(err, "%s", run);
	snprintf(path, sizeof(path), "%s/musterd.lock", run);
	daemon->lock = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (daemon->lock < 0)
		return err_system(err, "%s", path);
	if (flock(daemon->lock, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? held_by_another(daemon->lock, path, err) :
					      err_system(err, "%s", path);
	int length = snprintf(process, sizeof(process), "%d\n", (int)getpid());
	if (ftruncate(daemon->lock, 0) < 0 ||
	    pwrite(daemon->lock, process, (size_t)length, 0) != length)
		return err_system(err, "%s", path);
	return 0;
}

/* Signals --------------------------------------------------------------------------- */

static int open_signals(struct daemon *daemon, struct err *err)
{
	sigset_t heeded;

	sigemptyset(&heeded);
	sigaddset(&heeded, SIGTERM);
	sigaddset(&heeded, SIGINT);
	sigaddset(&heeded, SIGHUP);
	signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &heeded, NULL) < 0)
		return err_system(err, "signals");
	daemon->signals = signalfd(-1, &heeded, SFD_NONBLOCK | SFD_CLOEXEC);
	return daemon->signals < 0 ? err_system(err, "signals") : 0;
}

static void reload(struct daemon *daemon)
{
	struct config fresh;
	struct err err = { 0 };

	log_info("reading configuration, enrolment and standards again");
	if (config_load(daemon->options->config, &fresh, &err) < 0) {
		log_error("%s; the old configuration stays", err.text);
	} else {
		size_t count;
		const struct config_option *options = config_options(&count);
		for (size_t i = 0; i < count; i++) {
			const struct config_option *option = &options[i];
			if (!option->reloadable || option->kind == CONFIG_KIND_TEXT ||
			    option->kind == CONFIG_KIND_LIST)
				continue;
			memcpy((char *)&daemon->config + option->offset,
			       (const char *)&fresh + option->offset,
			       option->kind == CONFIG_KIND_BOOL ? sizeof(bool) : sizeof(int64_t));
		}
		config_done(&fresh);
	}
	log_open("musterd", daemon->options->debug || daemon->config.log_debug);
	intake_forgive(daemon);
	intake_look_again(daemon);
	daemon->supervisor.replace_readers = true;
	supervisor_refresh(daemon);
}

static void heed_signals(struct daemon *daemon)
{
	struct signalfd_siginfo info;

	while (read(daemon->signals, &info, sizeof(info)) == sizeof(info)) {
		daemon_progress_clear(daemon);
		if (info.ssi_signo == SIGHUP) {
			reload(daemon);
		} else if (daemon->stopping) {
			log_info("stopping at once");
			daemon->stopping_now = true;
		} else {
			daemon->stopping = true;
			log_info("stopping after what is in work (%zu); once more: at once",
				 work_count(daemon));
		}
	}
}

/* sd_notify(3), without the library: one datagram. */
static void announce(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length = path ? strlen(path) : 0;

	if (length < 2 || length >= sizeof(address.sun_path))
		return;
	memcpy(address.sun_path, path, length);
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	CLEAN(fd) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || sendto(fd, state, strlen(state), MSG_NOSIGNAL,
			     (const struct sockaddr *)&address,
			     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)) < 0)
		log_warning("the service manager cannot be told: %s", strerrordesc_np(errno));
}

/* Progress of --once, on a terminal --------------------------------------------------- */

void daemon_progress_clear(const struct daemon *daemon)
{
	if (daemon->shows_progress)
		fputs("\r\033[K", stderr);
}

static void show_progress(const struct daemon *daemon)
{
	static int64_t shown;
	int64_t now = daemon_now();

	if (!daemon->shows_progress || now - shown < 100)
		return;
	shown = now;
	fprintf(stderr, "\r\033[K%llu of %llu logs", (unsigned long long)daemon->done,
		(unsigned long long)(daemon->done + work_count(daemon) + intake_waiting(daemon)));
	fflush(stderr);
}

/* The loop --------------------------------------------------------------------------- */

struct polls {
	struct pollfd *fds;
	size_t count;
};

static void add_poll(struct polls *polls, int fd, short events)
{
	polls->fds[polls->count++] = (struct pollfd){ .fd = fd, .events = events };
}

static void add_child(struct polls *polls, const struct child *child)
{
	if (!child->pid) {
		add_poll(polls, -1, 0);
		add_poll(polls, -1, 0);
		return;
	}
	add_poll(polls, ipc_channel_fd(child->control),
		 (short)(POLLIN | (ipc_channel_waiting(child->control) ? POLLOUT : 0)));
	add_poll(polls, child->words, POLLIN);
}

/* Something was claimed after the last step of work. */
static bool work_is_new(const struct daemon *daemon)
{
	for (size_t i = 0; i < daemon->work_room; i++)
		if (daemon->work[i].contractor && daemon->work[i].state == WORK_NEW)
			return daemon->supervisor.writer_ready;
	return false;
}

static int timeout(struct daemon *daemon, bool more)
{
	int64_t next = daemon->intake.next_scan, now = daemon_now();

	if (more)
		return 0;
	if (supervisor_next(daemon) < next)
		next = supervisor_next(daemon);
	if (work_next(daemon) < next)
		next = work_next(daemon);
	if (late_next(daemon) < next)
		next = late_next(daemon);
	if (feeds_next(daemon) < next)
		next = feeds_next(daemon);
	if (next <= now || work_is_new(daemon))
		return 0;
	/* Progress is shown, and pauses of contractors end, without being woken. */
	if (daemon->shows_progress || intake_paused(daemon))
		return 200;
	return next - now > 60000 ? 60000 : (int)(next - now);
}

static int wait_and_hear(struct daemon *daemon, struct polls *polls, bool more, struct err *err)
{
	struct supervisor *supervisor = &daemon->supervisor;

	polls->count = 0;
	add_poll(polls, daemon->signals, POLLIN);
	add_poll(polls, daemon->intake.inotify, POLLIN);
	add_child(polls, &supervisor->writer);
	for (size_t i = 0; i < supervisor->reader_count; i++)
		add_child(polls, &supervisor->readers[i].child);
	if (poll(polls->fds, polls->count, timeout(daemon, more)) < 0)
		return errno == EINTR ? 0 : err_system(err, "poll");
	if (polls->fds[0].revents)
		heed_signals(daemon);
	if (polls->fds[1].revents)
		intake_notified(daemon);
	if (polls->fds[2].revents || polls->fds[3].revents)
		supervisor_writer(daemon);
	for (size_t i = 0; i < supervisor->reader_count; i++)
		if (polls->fds[4 + 2 * i].revents || polls->fds[5 + 2 * i].revents)
			supervisor_reader(daemon, &supervisor->readers[i]);
	if (daemon->intake.next_scan <= daemon_now())
		intake_look_again(daemon);
	return 0;
}

/* --once gives up where trying again does not help. */
static bool has_lost_patience(const struct daemon *daemon)
{
	unsigned failures = daemon->supervisor.writer_backoff.failures;

	if (daemon->supervisor.reader_backoff.failures > failures)
		failures = daemon->supervisor.reader_backoff.failures;
	for (size_t i = 0; i < daemon->work_room; i++)
		if (daemon->work[i].backoff.failures > failures)
			failures = daemon->work[i].backoff.failures;
	return failures >= PATIENCE;
}

/* Nothing is in work, and a last look finds nothing that could be taken. */
static bool is_drained(struct daemon *daemon)
{
	if (!daemon->supervisor.writer_ready || daemon->supervisor.refreshing ||
	    work_count(daemon) || intake_paused(daemon))
		return false;
	intake_look_again(daemon);
	work_take(daemon);
	return !work_count(daemon) && !intake_paused(daemon) && !late_is_busy(daemon);
}

/* The spool is empty, and the feeds have been looked at after that. */
static bool is_finished(struct daemon *daemon)
{
	if (daemon->feeds.asked || !is_drained(daemon))
		return false;
	if (!daemon->feeds.looked)
		feeds_look(daemon);
	return daemon->feeds.looked;
}

/* 1: go on; 0: the end; negative: the end, with an error. */
static int decide(struct daemon *daemon, struct err *err)
{
	if (daemon->stopping_now ||
	    (daemon->stopping && (!work_count(daemon) || !daemon->supervisor.writer_ready)))
		return daemon->options->once ?
			       err_set(err, ERR_SYSTEM, "stopped before the spool was empty") :
			       0;
	if (!daemon->options->once)
		return 1;
	if (has_lost_patience(daemon)) {
		*err = daemon->trouble;
		return err->code ? -(int)err->code : err_set(err, ERR_SYSTEM, "too many failures");
	}
	return is_finished(daemon) ? 0 : 1;
}

static int loop(struct daemon *daemon, struct err *err)
{
	struct polls polls = { .fds = calloc(4 + 2 * daemon->supervisor.reader_count,
					     sizeof(struct pollfd)) };
	int result = polls.fds ? 1 : err_set(err, ERR_MEMORY, "no memory to wait");

	while (result > 0) {
		bool more;
		supervisor_turn(daemon);
		late_turn(daemon);
		if (!daemon->announced && supervisor_ready(daemon)) {
			announce("READY=1");
			daemon->announced = true;
			log_info("ready; readers: %zu", daemon->supervisor.reader_count);
		}
		if (daemon->supervisor.writer_ready && !daemon->stopping)
			work_take(daemon);
		feeds_turn(daemon);
		more = work_step(daemon) || daemon->supervisor.writer_failed;
		show_progress(daemon);
		result = decide(daemon, err);
		if (result > 0) {
			int failed = wait_and_hear(daemon, &polls, more, err);
			if (failed)
				result = failed;
		}
	}
	free(polls.fds);
	return result;
}

static int open_all(struct daemon *daemon, struct err *err)
{
	const struct daemon_options *options = daemon->options;
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	size_t readers = options->readers                ? options->readers :
			 daemon->config.daemon_readers   ? (size_t)daemon->config.daemon_readers :
			 cores > 0                       ? (size_t)cores :
							   1;
	int failed = take_lock(daemon, err);

	if (!failed)
		failed = open_signals(daemon, err);
	if (!failed)
		failed = office_open(daemon, err);
	if (!failed)
		failed = spool_open(daemon->config.instance_directory, &daemon->spool, err);
	if (!failed)
		failed = intake_open(daemon, err);
	if (!failed)
		failed = supervisor_open(daemon, readers, err);
	if (failed)
		return failed;
	daemon->work_room = readers + 1;
	daemon->work = calloc(daemon->work_room, sizeof(daemon->work[0]));
	if (!daemon->work)
		return err_set(err, ERR_MEMORY, "no memory for work");
	daemon->shows_progress = options->once && isatty(STDERR_FILENO) &&
				 !daemon->config.log_debug && !options->debug;
	return 0;
}

int daemon_run(const struct daemon_options *options, struct err *err)
{
	struct daemon daemon = { .options = options, .lock = -1, .signals = -1 };
	int result = config_load(options->config, &daemon.config, err);

	if (result < 0)
		return result;
	daemon.intake.inotify = -1;
	daemon.late.child.words = -1;
	daemon.late.wanted = true;
	log_open("musterd", options->debug || daemon.config.log_debug);
	result = open_all(&daemon, err);
	if (!result)
		result = loop(&daemon, err);
	if (daemon.announced)
		announce("STOPPING=1");
	daemon_progress_clear(&daemon);
	late_close(&daemon);
	work_close(&daemon);
	supervisor_close(&daemon);
	intake_close(&daemon);
	office_close(&daemon);
	spool_free(daemon.spool);
	fd_clean(&daemon.signals);
	fd_clean(&daemon.lock);
	config_done(&daemon.config);
	return result;
}
