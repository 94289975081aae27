#include "child/child.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINE_LONGEST ((size_t)2000)
#define LINES_A_MINUTE 300

/* Named variables of ours that a child gets when they are set. */
static const char *const handed_on[] = { "MUSTER_DEBUG", CRASH_VARIABLE };

static void add_variable(char **environment, size_t *count, const char *name, char *room,
			 size_t size)
{
	const char *value = getenv(name);

	if (value && snprintf(room, size, "%s=%s", name, value) < (int)size)
		environment[(*count)++] = room;
}

NORETURN static void execute(const char *path, int control, int words)
{
	static char variables[ARRAY_LENGTH(handed_on)][256];
	static char search[] = "PATH=/usr/bin:/bin", locale[] = "LANG=C.UTF-8";
	char *environment[ARRAY_LENGTH(handed_on) + 3] = { search, locale };
	char *arguments[] = { (char *)(uintptr_t)path, NULL };
	size_t count = 2;
	sigset_t none;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (size_t i = 0; i < ARRAY_LENGTH(handed_on); i++)
		add_variable(environment, &count, handed_on[i], variables[i],
			     sizeof(variables[i]));
	/* Stops are told by the end of the control channel. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 ||
	    dup2(words, STDERR_FILENO) < 0)
		_exit(126);
	if (control == CHILD_CONTROL ? fcntl(control, F_SETFD, 0) < 0 :
				       dup2(control, CHILD_CONTROL) < 0)
		_exit(126);
	if (close_range(CHILD_CONTROL + 1, ~0u, 0) < 0 ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		_exit(126);
	execve(path, arguments, environment);
	_exit(127);
}

int child_start(struct child *child, const char *libexec, const char *program,
		enum ipc_process kind, size_t queue_limit, struct err *err)
{
	CLEAN(fd) int ours = -1, theirs = -1, said = -1, saying = -1;
	char path[4096];
	int pair[2], ends[2];

	if (snprintf(path, sizeof(path), "%s/%s", libexec, program) >= (int)sizeof(path))
		return err_set(err, ERR_LIMIT, "%s: path too long", program);
	if (access(path, X_OK) < 0)
		return err_system(err, "%s", path);
	if (ipc_pair(pair, err) < 0)
		return -(int)ERR_SYSTEM;
	ours = pair[0];
	theirs = pair[1];
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_system(err, "pipe");
	said = ends[0];
	saying = ends[1];
	if (fcntl(ours, F_SETFL, O_NONBLOCK) < 0 || fcntl(said, F_SETFL, O_NONBLOCK) < 0)
		return err_system(err, "fcntl");
	pid_t pid = fork();
	if (pid == 0)
		execute(path, theirs, saying);
	if (pid < 0)
		return err_system(err, "fork");
	*child = (struct child){ .program = program, .pid = pid, .words = fd_take(&said) };
	buffer_init(&child->line, LINE_LONGEST);
	child->control = ipc_channel_new(fd_take(&ours), IPC_DAEMON, kind, queue_limit, err);
	if (!child->control) {
		char how[CHILD_HOW];
		child_end(child, how);
		return -(int)ERR_MEMORY;
	}
	return 0;
}

NORETURN static void execute_plain(const char *path, const char *const *arguments, int words)
{
	sigset_t none;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 ||
	    dup2(words, STDERR_FILENO) < 0 || close_range(STDERR_FILENO + 1, ~0u, 0) < 0 ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		_exit(126);
	execve(path, (char *const *)(uintptr_t)arguments, environ);
	_exit(127);
}

int child_start_plain(struct child *child, const char *path, const char *const *arguments,
		      struct err *err)
{
	int ends[2];

	if (access(path, X_OK) < 0)
		return err_system(err, "%s", path);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_system(err, "pipe");
	CLEAN(fd) int said = ends[0], saying = ends[1];
	if (fcntl(said, F_SETFL, O_NONBLOCK) < 0)
		return err_system(err, "fcntl");
	pid_t pid = fork();
	if (pid == 0)
		execute_plain(path, arguments, saying);
	if (pid < 0)
		return err_system(err, "fork");
	*child = (struct child){ .program = arguments[0], .pid = pid, .words = fd_take(&said) };
	buffer_init(&child->line, LINE_LONGEST);
	return 0;
}

bool child_has_ended(struct child *child, const char **ret_how)
{
	int status = 0;

	if (!child->pid || waitpid(child->pid, &status, WNOHANG) != child->pid)
		return false;
	*ret_how = WIFSIGNALED(status)	? "was ended by a signal" :
		   WEXITSTATUS(status) ? "has failed" :
					 NULL;
	child_relay(child, 0);
	fd_clean(&child->words);
	buffer_done(&child->line);
	child->pid = 0;
	return true;
}

static void tell_line(struct child *child, int64_t now)
{
	if (now / 60000 != child->minute) {
		child->minute = now / 60000;
		child->lines = 0;
	}
	child->lines++;
	if (child->lines <= LINES_A_MINUTE && child->line.length)
		log_info("%s", child->line.data);
	else if (child->lines == LINES_A_MINUTE + 1)
		log_warning("%s[%d] says too much; no more of it in this minute", child->program,
			    (int)child->pid);
	buffer_reset(&child->line);
	if (child->line.data)
		child->line.data[0] = '\0';
}

void child_relay(struct child *child, int64_t now)
{
	char bytes[4096];

	while (child->words >= 0) {
		ssize_t got = read(child->words, bytes, sizeof(bytes));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return;
		if (got == 0) {
			tell_line(child, now);
			fd_clean(&child->words);
			return;
		}
		for (ssize_t i = 0; i < got; i++) {
			if (bytes[i] == '\n')
				tell_line(child, now);
			else
				buffer_add_byte(&child->line, bytes[i]);
		}
	}
}

static bool is_fault(int status)
{
	static const int faults[] = { SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGSYS };

	for (size_t i = 0; i < ARRAY_LENGTH(faults); i++)
		if (WIFSIGNALED(status) && WTERMSIG(status) == faults[i])
			return true;
	return false;
}

bool child_end(struct child *child, char ret_how[CHILD_HOW])
{
	int status = 0;

	if (!child->pid)
		return false;
	ipc_channel_free(child->control);
	child->control = NULL;
	kill(child->pid, SIGKILL);
	while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFSIGNALED(status))
		snprintf(ret_how, CHILD_HOW, "%s[%d] was ended by signal %d (%s)", child->program,
			 (int)child->pid, WTERMSIG(status), sigdescr_np(WTERMSIG(status)));
	else
		snprintf(ret_how, CHILD_HOW, "%s[%d] ended with status %d", child->program,
			 (int)child->pid, WEXITSTATUS(status));
	child_relay(child, child->minute * 60000);
	fd_clean(&child->words);
	buffer_done(&child->line);
	child->pid = 0;
	return is_fault(status);
}

int child_reader_user(const char *name, unsigned *ret_user, struct err *err)
{
	struct passwd account, *found = NULL;
	char room[16384];

	*ret_user = 0;
	if (geteuid() != 0)
		return 0;
	int failed = getpwnam_r(name, &account, room, sizeof(room), &found);
	if (failed || !found)
		return err_set(err, ERR_CONFIG, "daemon.reader_user: no account \"%s\"", name);
	if (account.pw_uid == 0)
		return err_set(err, ERR_CONFIG, "daemon.reader_user may not be root");
	*ret_user = account.pw_uid;
	return 0;
}

const char *child_libexec(void)
{
	static char path[4096];
	char self[4000];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (length > 0) {
		self[length] = '\0';
		char *slash = strrchr(self, '/');
		*slash = '\0';
		snprintf(path, sizeof(path), "%s/../libexec/muster", self);
		char *whole = realpath(path, NULL);
		if (whole) {
			snprintf(path, sizeof(path), "%s", whole);
			free(whole);
			return path;
		}
	}
	return MUSTER_LIBEXEC;
}
