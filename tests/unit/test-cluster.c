#include "test-server.h"

#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

static struct err err;
#define ck_ok(expression) ck_assert_msg((expression) == 0, "%s", err.text)

static void directory_begin(void)
{
	err = (struct err){ 0 };
	server_directory_make();
}

static void directory_end(void)
{
	if (cluster_exists(server_directory))
		ck_ok(cluster_stop(server_directory, &err));
	server_directory_remove();
}

static long server_process(void)
{
	char path[200];
	long process = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/postgres/postmaster.pid", server_directory);
	file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fscanf(file, "%ld", &process), 1);
	fclose(file);
	return process;
}

static void ck_answers(void)
{
	CLEAN(pg) struct pg *pg = server_connect("postgres");

	ck_ok(pg_query(pg, "SELECT 1", PG_NO_VALUES, NULL, &err));
}

START_TEST(a_server_is_made_started_and_stopped)
{
	ck_assert(!cluster_exists(server_directory));
	ck_ok(cluster_make(server_directory, &err));
	ck_assert(cluster_exists(server_directory));
	ck_assert(!cluster_is_running(server_directory));
	ck_ok(cluster_stop(server_directory, &err));
	ck_ok(cluster_start(server_directory, &err));
	ck_assert(cluster_is_running(server_directory));
	ck_ok(cluster_start(server_directory, &err));
	ck_answers();
	ck_ok(cluster_stop(server_directory, &err));
	ck_assert(!cluster_is_running(server_directory));
	ck_ok(cluster_start(server_directory, &err));
	ck_answers();
	/* One directory, one server. */
	ck_assert_int_lt(cluster_make(server_directory, &err), 0);
}
END_TEST

START_TEST(a_killed_server_comes_back)
{
	ck_ok(cluster_make(server_directory, &err));
	ck_ok(cluster_start(server_directory, &err));
	ck_assert_int_eq(kill((pid_t)server_process(), SIGKILL), 0);
	/* A signal takes effect when it does. */
	for (int i = 0; i < 1000 && cluster_is_running(server_directory); i++)
		usleep(10000);
	ck_ok(cluster_start(server_directory, &err));
	ck_answers();
}
END_TEST

START_TEST(many_start_one_server)
{
	int status;

	ck_ok(cluster_make(server_directory, &err));
	for (int i = 0; i < 6; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(cluster_start(server_directory, NULL) == 0 ? 0 : 1);
		ck_assert_int_gt(pid, 0);
	}
	for (int i = 0; i < 6; i++) {
		ck_assert_int_gt(wait(&status), 0);
		ck_assert_int_eq(status, 0);
	}
	ck_answers();
}
END_TEST

START_TEST(nobody_listens_on_a_network)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	CLEAN(pg) struct pg *pg = NULL;

	ck_ok(cluster_make(server_directory, &err));
	ck_ok(cluster_start(server_directory, &err));
	pg = server_connect("postgres");
	ck_ok(pg_query_one(pg,
			   "SELECT current_setting('listen_addresses'), current_setting('fsync'),"
			   " current_setting('full_page_writes'), current_setting('synchronous_commit'),"
			   " current_setting('TimeZone'), current_setting('data_checksums'),"
			   " (SELECT count(*) FROM pg_hba_file_rules), (SELECT string_agg(type ||"
			   " auth_method, ' ') FROM pg_hba_file_rules)",
			   PG_NO_VALUES, &result, &err));
	ck_assert_str_eq(pg_string(result, 0, 0), "");
	ck_assert_str_eq(pg_string(result, 0, 1), "on");
	ck_assert_str_eq(pg_string(result, 0, 2), "on");
	ck_assert_str_eq(pg_string(result, 0, 3), "on");
	ck_assert_str_eq(pg_string(result, 0, 4), "UTC");
	ck_assert_str_eq(pg_string(result, 0, 5), "on");
	ck_assert_int_eq(pg_number(result, 0, 6), 1);
	ck_assert_str_eq(pg_string(result, 0, 7), "localpeer");
}
END_TEST

START_TEST(strangers_do_not_get_in)
{
	const struct passwd *stranger = getpwnam("nobody");
	pid_t pid;
	int status;

	if (geteuid() != 0 || !stranger)
		return;
	ck_ok(cluster_make(server_directory, &err));
	ck_ok(cluster_start(server_directory, &err));
	pid = fork();
	if (pid == 0) {
		CLEAN(buffer) struct buffer conninfo;
		struct pg *pg = NULL;

		server_conninfo("muster_officer", "postgres", &conninfo);
		if (setgid(stranger->pw_gid) < 0 || setuid(stranger->pw_uid) < 0)
			_exit(9);
		_exit(pg_open(conninfo.data, "test", &pg, NULL) < 0 &&
				      cluster_stop(server_directory, NULL) < 0 ?
			      0 :
			      1);
	}
	ck_assert_int_gt(pid, 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert(cluster_is_running(server_directory));
}
END_TEST

START_TEST(a_name_too_long_for_a_socket)
{
	char socket[CLUSTER_PATH], longer[200];
	CLEAN(buffer) struct buffer conninfo;
	CLEAN(pg) struct pg *pg = NULL;
	bool moved = false;

	snprintf(longer, sizeof(longer), "%s/%0120d", server_directory, 0);
	ck_assert_int_eq(mkdir(longer, 0755), 0);
	ck_ok(cluster_socket_directory(longer, socket, &moved, &err));
	ck_assert(moved);
	ck_assert_uint_lt(strlen(socket), 60);
	ck_ok(cluster_make(longer, &err));
	ck_ok(cluster_start(longer, &err));
	buffer_init(&conninfo, 65536);
	cluster_conninfo(longer, CLUSTER_SUPERUSER, "postgres", &conninfo);
	ck_ok(pg_open(conninfo.data, "test", &pg, &err));
	ck_ok(cluster_stop(longer, &err));
	ck_assert_int_lt(access(socket, F_OK), 0);
	/* Somebody was there first. */
	ck_assert_int_eq(mkdir(socket, 0777), 0);
	ck_assert_int_eq(chmod(socket, 0777), 0);
	ck_assert_int_eq(cluster_start(longer, &err), -ERR_REFUSED);
	ck_assert_int_eq(rmdir(socket), 0);
	ck_ok(cluster_socket_directory(server_directory, socket, &moved, &err));
	ck_assert(!moved);
}
END_TEST

START_TEST(a_directory_that_the_account_cannot_enter)
{
	CLEAN(buffer) struct buffer conninfo = { 0 };
	CLEAN(pg) struct pg *pg = NULL;
	char closed[200], data[CLUSTER_PATH];
	bool moved = false;

	if (geteuid() != 0)
		return;
	snprintf(closed, sizeof(closed), "%s/closed", server_directory);
	ck_assert_int_eq(mkdir(closed, 0700), 0);
	ck_ok(cluster_make(closed, &err));
	ck_ok(cluster_data_directory(closed, data, &moved, &err));
	ck_assert(moved);
	ck_ok(cluster_start(closed, &err));
	ck_assert(cluster_is_running(closed));
	buffer_init(&conninfo, 65536);
	cluster_conninfo(closed, CLUSTER_SUPERUSER, "postgres", &conninfo);
	ck_ok(pg_open(conninfo.data, "test", &pg, &err));
	ck_ok(cluster_remove(closed, &err));
	ck_assert(!cluster_exists(closed));
	ck_assert_int_lt(access(data, F_OK), 0);
}
END_TEST

START_TEST(a_server_that_cannot_start_says_why)
{
	char path[200];
	FILE *file;

	ck_ok(cluster_make(server_directory, &err));
	snprintf(path, sizeof(path), "%s/postgres/postgresql.conf", server_directory);
	file = fopen(path, "a");
	ck_assert_ptr_nonnull(file);
	fputs("shared_buffers = purple\n", file);
	fclose(file);
	ck_assert_int_eq(cluster_start(server_directory, &err), -ERR_SYSTEM);
	ck_assert_ptr_nonnull(strstr(err.text, "does not start"));
	ck_assert_ptr_nonnull(strstr(err.text, "configuration file"));
}
END_TEST

START_TEST(a_database_of_the_operators_own_is_left_alone)
{
	CLEAN(buffer) struct buffer conninfo;
	struct config config = { .instance_directory = server_directory,
				 .database_conninfo = "host=elsewhere" };

	buffer_init(&conninfo, 65536);
	ck_ok(cluster_ready(&config, "muster_daemon", &conninfo, &err));
	ck_assert_str_eq(conninfo.data, "host=elsewhere");
	config.database_conninfo = "";
	ck_assert_int_eq(cluster_ready(&config, "muster_daemon", &conninfo, &err), -ERR_CONFIG);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cluster");
	TCase *tests = tcase_create("cluster");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tests, directory_begin, directory_end);
	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, a_server_is_made_started_and_stopped);
	tcase_add_test(tests, a_killed_server_comes_back);
	tcase_add_test(tests, many_start_one_server);
	tcase_add_test(tests, nobody_listens_on_a_network);
	tcase_add_test(tests, strangers_do_not_get_in);
	tcase_add_test(tests, a_name_too_long_for_a_socket);
	tcase_add_test(tests, a_directory_that_the_account_cannot_enter);
	tcase_add_test(tests, a_server_that_cannot_start_says_why);
	tcase_add_test(tests, a_database_of_the_operators_own_is_left_alone);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
