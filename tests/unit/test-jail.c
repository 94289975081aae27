/*
 * jail: what must work in it works, what must not ends the process. Every
 * case runs in a child of its own, whose end is what is looked at.
 */
#include "config.h"
#include "jail/jail.h"
#include "jail/layer.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KILLED = -SIGSYS };
#define EXPECT(condition)         \
	do {                      \
		if (!(condition)) \
			_exit(__LINE__ % 250 + 1); \
	} while (0)

/* How a child that runs body in the jail ends: status, or minus the signal. */
static int end_of(enum jail_profile profile, void (*body)(int))
{
	int fds[2], status;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	ck_assert_int_eq(write(fds[1], "secret", 6), 6);
	pid_t child = fork();
	if (child == 0) {
		struct err err;
		const char *missing = NULL;
		if (jail_prepare(0, &err) < 0 ||
		    jail_enter(profile, JAIL_AS_KERNEL_ALLOWS, &missing, &err) < 0)
			_exit(251);
		body(fds[0]);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	close(fds[0]);
	close(fds[1]);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static void works(int fd)
{
	char bytes[6];
	char *large = malloc(64 << 20);
	struct msghdr message = { 0 };
	struct iovec part = { "answer", 6 };
	struct timespec now;

	EXPECT(read(fd, bytes, 6) == 6 && memcmp(bytes, "secret", 6) == 0);
	EXPECT(large);
	memset(large, 1, 64 << 20);
	free(large);
	message.msg_iov = &part;
	message.msg_iovlen = 1;
	EXPECT(sendmsg(fd, &message, MSG_NOSIGNAL) == 6);
	EXPECT(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
}
#ifndef SANITIZED
static void opens(int fd)
{
	(void)fd;
	(void)open("/etc/passwd", O_RDONLY);
}
static void makes_socket(int fd)
{
	(void)fd;
	(void)socket(AF_UNIX, SOCK_STREAM, 0);
}
static void connects(int fd)
{
	struct sockaddr address = { .sa_family = AF_UNIX };
	(void)connect(fd, &address, sizeof(address));
}
static void executes(int fd)
{
	(void)fd;
	execl("/bin/true", "true", (char *)NULL);
}
static void forks(int fd)
{
	(void)fd;
	pid_t child = fork();
	if (child == 0)
		_exit(0);
}
static void traces(int fd)
{
	(void)fd;
	(void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}
static void maps_code(int fd)
{
	(void)fd;
	(void)mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
		   -1, 0);
}
static void makes_code(int fd)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	(void)fd;
	EXPECT(page != MAP_FAILED);
	(void)mprotect(page, 4096, PROT_READ | PROT_EXEC);
}
static void signals_parent(int fd)
{
	(void)fd;
	(void)kill(getppid(), 0);
}
static void gives_up(int fd)
{
	(void)fd;
	abort();
}
static void allocates_much(int fd)
{
	(void)fd;
	EXPECT(malloc((size_t)3 << 30) == NULL);
}
static void mounts(int fd)
{
	(void)fd;
	(void)syscall(SYS_mount, NULL, NULL, NULL, 0, NULL);
}
#endif
static void opens_and_reads(int fd)
{
	char byte;
	int file = open("/etc/passwd", O_RDONLY);
	(void)fd;
	EXPECT(file >= 0 && read(file, &byte, 1) == 1);
	EXPECT(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
	EXPECT(socket(AF_UNIX, SOCK_STREAM, 0) >= 0);
}

START_TEST(reader_reads_and_answers)
{
	ck_assert_int_eq(end_of(JAIL_READER, works), 0);
}
END_TEST

#ifndef SANITIZED
static const struct {
	const char *what;
	enum jail_profile profile;
	void (*body)(int);
} deadly[] = {
	{ "open", JAIL_READER, opens },
	{ "socket", JAIL_READER, makes_socket },
	{ "connect", JAIL_READER, connects },
	{ "execve", JAIL_READER, executes },
	{ "fork", JAIL_READER, forks },
	{ "ptrace", JAIL_READER, traces },
	{ "mmap of code", JAIL_READER, maps_code },
	{ "mprotect to code", JAIL_READER, makes_code },
	{ "kill", JAIL_READER, signals_parent },
	{ "execve", JAIL_WRITER, executes },
	{ "ptrace", JAIL_WRITER, traces },
	{ "mount", JAIL_WRITER, mounts },
};

START_TEST(what_is_not_allowed_kills)
{
	ck_assert_msg(end_of(deadly[_i].profile, deadly[_i].body) == KILLED, "%s lives",
		      deadly[_i].what);
}
END_TEST

static void shuts_every_path(int fd)
{
	(void)fd;
	int found = layer_landlock(NULL);
	EXPECT(found >= 0);
	if (found == 0)
		return; /* this kernel has none */
	EXPECT(open("/etc/passwd", O_RDONLY) < 0 && errno == EACCES);
	EXPECT(open("/", O_RDONLY | O_DIRECTORY) < 0 && errno == EACCES);
	EXPECT(open("/tmp/test-jail-file", O_WRONLY | O_CREAT, 0600) < 0 && errno == EACCES);
	EXPECT(unlink("/tmp/test-jail-file") < 0);
}

/* Landlock shows alone where seccomp leaves open() be: in the writer's jail. */
START_TEST(landlock_alone_shuts_every_path)
{
	ck_assert_int_eq(end_of(JAIL_WRITER, shuts_every_path), 0);
}
END_TEST

START_TEST(reader_memory_is_bounded)
{
	ck_assert_int_eq(end_of(JAIL_READER, allocates_much), 0);
}
END_TEST

START_TEST(reader_can_abort)
{
	ck_assert_int_eq(end_of(JAIL_READER, gives_up), -SIGABRT);
}
END_TEST
#endif

START_TEST(writer_keeps_files_and_sockets)
{
	ck_assert_int_eq(end_of(JAIL_WRITER, opens_and_reads), 0);
}
END_TEST

START_TEST(prepare_takes_rights_away)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		struct err err;
		struct passwd *nobody = getuid() == 0 ? getpwnam("nobody") : NULL;
		struct rlimit core;
		int signal = 0;

		EXPECT(jail_prepare(nobody ? nobody->pw_uid : 0, &err) == 0);
		EXPECT(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
		EXPECT(prctl(PR_GET_PDEATHSIG, &signal) == 0 && signal == SIGKILL);
		EXPECT(getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 0);
#ifndef SANITIZED
		EXPECT(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0);
#endif
		if (nobody) {
			EXPECT(getuid() == nobody->pw_uid && geteuid() == nobody->pw_uid);
			EXPECT(getgid() == nobody->pw_gid && getgroups(0, NULL) == 0);
			EXPECT(setuid(0) < 0 && setgid(0) < 0);
		}
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %#x", status);
}
END_TEST

START_TEST(a_user_that_does_not_exist_is_refused)
{
	struct err err;

	ck_assert_int_eq(jail_prepare(3999999999u, &err), -ERR_CONFIG);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("jail");
	TCase *cases = tcase_create("jail");
	SRunner *runner;
	int failed;

	tcase_add_test(cases, reader_reads_and_answers);
#ifndef SANITIZED
	tcase_add_loop_test(cases, what_is_not_allowed_kills, 0, ARRAY_LENGTH(deadly));
	tcase_add_test(cases, landlock_alone_shuts_every_path);
	tcase_add_test(cases, reader_memory_is_bounded);
	tcase_add_test(cases, reader_can_abort);
#else
	puts("skipped: seccomp and landlock are not entered under sanitizers");
#endif
	tcase_add_test(cases, writer_keeps_files_and_sockets);
	tcase_add_test(cases, prepare_takes_rights_away);
	tcase_add_test(cases, a_user_that_does_not_exist_is_refused);
	suite_add_tcase(suite, cases);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
