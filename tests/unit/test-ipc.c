/* ipc: frames go through whole, and what may not come is refused. */
#include "ipc/ipc.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

static struct ipc_channel *daemon_end, *reader_end;
static struct err err;

static void connect_both(bool blocking)
{
	int fds[2];

	ck_assert_int_eq(ipc_pair(fds, &err), 0);
	if (!blocking)
		for (int i = 0; i < 2; i++)
			ck_assert_int_eq(fcntl(fds[i], F_SETFL, O_NONBLOCK), 0);
	daemon_end = ipc_channel_new(fds[0], IPC_DAEMON, IPC_READER, 64u << 20, &err);
	reader_end = ipc_channel_new(fds[1], IPC_READER, IPC_DAEMON, 64u << 20, &err);
}

static void done(void)
{
	ipc_channel_free(daemon_end);
	ipc_channel_free(reader_end);
}

/* A large frame through a socket that does not block, in many steps. */
START_TEST(large_frames_pass_in_pieces)
{
	static char large[9 * 1024 * 1024 + 5];
	struct ipc_frame frame;
	int got = 0;

	connect_both(false);
	for (size_t i = 0; i < sizeof(large); i++)
		large[i] = (char)(i * 31 >> 3);
	ck_assert_int_eq(ipc_send(daemon_end, IPC_READER_STANDARD, TEXT("ab"),
				  (struct text){ large, sizeof(large) }, -1, &err), 0);
	ck_assert(ipc_channel_waiting(daemon_end));
	for (int turn = 0; turn < 100000 && got == 0; turn++) {
		ck_assert_int_eq(ipc_flush(daemon_end, &err), 0);
		got = ipc_receive(reader_end, &frame, &err);
	}
	ck_assert_int_eq(got, 1);
	ck_assert_uint_eq(frame.payload.length, sizeof(large) + 2);
	ck_assert(memcmp(frame.payload.bytes, "ab", 2) == 0);
	ck_assert(memcmp(frame.payload.bytes + 2, large, sizeof(large)) == 0);
	ck_assert_int_eq(ipc_receive(reader_end, &frame, &err), 0);
	done();
}
END_TEST

START_TEST(descriptors_stay_with_their_frames)
{
	struct ipc_reader_batch batch = { .batch = 1 };
	struct text head = { (const char *)&batch, sizeof(batch) };
	struct ipc_frame frame;
	char byte;

	connect_both(false);
	for (int i = 0; i < 3; i++) {
		int pipe_fds[2];
		ck_assert_int_eq(pipe2(pipe_fds, O_CLOEXEC), 0);
		ck_assert_int_eq(write(pipe_fds[1], &"xyz"[i], 1), 1);
		ck_assert_int_eq(ipc_send(daemon_end, IPC_READER_JAIL, TEXT_NONE, TEXT_NONE, -1,
					  &err), 0);
		ck_assert_int_eq(ipc_send(daemon_end, IPC_READER_BATCH, head, TEXT("zone"),
					  pipe_fds[0], &err), 0);
		close(pipe_fds[0]);
		close(pipe_fds[1]);
	}
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(ipc_receive(reader_end, &frame, &err), 1);
		ck_assert_int_eq(frame.message, IPC_READER_JAIL);
		ck_assert_int_eq(ipc_receive(reader_end, &frame, &err), 1);
		ck_assert_int_eq(frame.message, IPC_READER_BATCH);
		ck_assert_ptr_nonnull(ipc_payload(&frame, sizeof(batch)));
		ck_assert_int_eq(read(frame.descriptor, &byte, 1), 1);
		ck_assert_int_eq(byte, "xyz"[i]);
		close(frame.descriptor);
	}
	done();
}
END_TEST

/* One hostile header after another, straight into the socket. */
START_TEST(frames_that_may_not_come_are_refused)
{
	static const struct {
		uint32_t length;
		uint16_t message, has_descriptor;
	} hostile[] = {
		{ 0, 999, 0 },                       /* unknown */
		{ 0, 0, 0 },
		{ 0, IPC_WRITER_RECEIPT, 0 },        /* from somebody else */
		{ 0, IPC_READER_READY, 0 },          /* the wrong way */
		{ 1, IPC_READER_JAIL, 0 },           /* too large */
		{ 0xffffffffu, IPC_READER_STANDARD, 0 },
		{ 0, IPC_READER_JAIL, 1 },           /* descriptor unasked */
		{ 8, IPC_READER_SETUP, 0 },          /* descriptor missing */
	};

	for (size_t i = 0; i < ARRAY_LENGTH(hostile); i++) {
		struct ipc_frame frame;
		connect_both(false);
		ck_assert_int_eq(write(ipc_channel_fd(daemon_end), &hostile[i], 8), 8);
		ck_assert_int_eq(ipc_receive(reader_end, &frame, &err), -ERR_PROTOCOL);
		done();
	}
}
END_TEST

START_TEST(the_end_of_a_peer_is_told)
{
	struct ipc_frame frame;

	connect_both(true);
	ipc_channel_free(daemon_end);
	daemon_end = NULL;
	ck_assert_int_eq(ipc_receive(reader_end, &frame, &err), -ERR_SYSTEM);
	ck_assert_int_eq(err.number, EPIPE);
	done();
}
END_TEST

START_TEST(senders_keep_to_the_list_too)
{
	connect_both(false);
	ck_assert_int_eq(ipc_send(reader_end, IPC_READER_JAIL, TEXT_NONE, TEXT_NONE, -1, &err),
			 -ERR_PROTOCOL);
	ck_assert_int_eq(ipc_send(daemon_end, IPC_READER_JAIL, TEXT("x"), TEXT_NONE, -1, &err),
			 -ERR_PROTOCOL);
	ck_assert_int_eq(ipc_send(daemon_end, IPC_READER_JAIL, TEXT_NONE, TEXT_NONE, 0, &err),
			 -ERR_PROTOCOL);
	done();
}
END_TEST

START_TEST(a_queue_has_an_end)
{
	static char large[8 * 1024 * 1024];
	int sent = 0;

	connect_both(false);
	while (sent < 20 && ipc_send(daemon_end, IPC_READER_STANDARD,
				     (struct text){ large, sizeof(large) }, TEXT_NONE, -1,
				     &err) == 0)
		sent++;
	ck_assert_int_ge(sent, 7);
	ck_assert_int_le(sent, 9);
	done();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ipc");
	TCase *test = tcase_create("ipc");

	tcase_set_timeout(test, 60);
	tcase_add_test(test, large_frames_pass_in_pieces);
	tcase_add_test(test, descriptors_stay_with_their_frames);
	tcase_add_test(test, frames_that_may_not_come_are_refused);
	tcase_add_test(test, the_end_of_a_peer_is_told);
	tcase_add_test(test, senders_keep_to_the_list_too);
	tcase_add_test(test, a_queue_has_an_end);
	suite_add_tcase(suite, test);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
