#include "ipc/ipc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* On the wire: this, the payload, and padding to a multiple of 8 bytes. */
struct header {
	uint32_t length;           /* of the payload */
	uint16_t message;
	uint16_t has_descriptor;
};

#define PADDED(n) (((n) + 7) & ~(size_t)7)
#define DESCRIPTORS 16
#define READ_AT_ONCE ((size_t)256 * 1024)

struct waiting_descriptor {
	size_t at;                 /* travels with this byte of the queue */
	int fd;
};

struct ipc_channel {
	int fd;
	enum ipc_process self, peer;
	bool blocking;
	/* received, not yet taken: data[begin..length) */
	struct buffer in;
	size_t begin, taken;
	int arrived[DESCRIPTORS];
	size_t arrived_count;
	/* to be sent: data[sent..length) */
	struct buffer out;
	size_t sent;
	struct waiting_descriptor waiting[DESCRIPTORS];
	size_t waiting_count;
};

static const struct {
	const char *name;
	enum ipc_process from, to;
	size_t largest;
	bool descriptor;
} messages[] = {
#define DAEMON IPC_DAEMON
#define READER IPC_READER
#define WRITER IPC_WRITER
#define MESSAGE(identifier, number, from, to, largest, descriptor, meaning) \
	[number] = { #identifier, from, to, largest, descriptor },
#include "ipc/messages.def"
#undef MESSAGE
#undef DAEMON
#undef READER
#undef WRITER
};

const char *ipc_message_name(unsigned message)
{
	if (message >= ARRAY_LENGTH(messages) || !messages[message].name)
		return "unknown";
	return messages[message].name;
}

struct ipc_channel *ipc_channel_new(int fd, enum ipc_process self, enum ipc_process peer,
				    size_t queue_limit, struct err *err)
{
	struct ipc_channel *channel = calloc(1, sizeof(*channel));
	int flags = fcntl(fd, F_GETFL);

	if (!channel || flags < 0) {
		err_set(err, ERR_MEMORY, "channel");
		close(fd);
		free(channel);
		return NULL;
	}
	channel->fd = fd;
	channel->self = self;
	channel->peer = peer;
	channel->blocking = !(flags & O_NONBLOCK);
	buffer_init(&channel->in, 2 * IPC_LARGEST);
	buffer_init(&channel->out, queue_limit);
	return channel;
}

void ipc_channel_free(struct ipc_channel *channel)
{
	if (!channel)
		return;
	for (size_t i = 0; i < channel->arrived_count; i++)
		close(channel->arrived[i]);
	for (size_t i = 0; i < channel->waiting_count; i++)
		close(channel->waiting[i].fd);
	close(channel->fd);
	buffer_done(&channel->in);
	buffer_done(&channel->out);
	free(channel);
}

int ipc_channel_fd(const struct ipc_channel *channel)
{
	return channel->fd;
}

bool ipc_channel_waiting(const struct ipc_channel *channel)
{
	return channel->out.length > channel->sent;
}

int ipc_pair(int ret_fds[2], struct err *err)
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ret_fds) < 0)
		return err_system(err, "socketpair");
	/*
	 * Large enough that a reader goes on while the writer waits for a
	 * statement. Only root may go beyond the system's limit.
	 */
	for (int i = 0; i < 2; i++) {
		int size = 4 << 20;
		if (setsockopt(ret_fds[i], SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0)
			(void)setsockopt(ret_fds[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	}
	return 0;
}

/* Send some of the pieces, with a descriptor on the first byte. As write(2). */
static ssize_t send_some(int fd, struct iovec *pieces, size_t count, int descriptor)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr aligned;
	} control = { .bytes = { 0 } };
	struct msghdr message = { .msg_iov = pieces, .msg_iovlen = count };

	if (descriptor >= 0) {
		message.msg_control = control.bytes;
		message.msg_controllen = sizeof(control.bytes);
		struct cmsghdr *head = CMSG_FIRSTHDR(&message);
		head->cmsg_level = SOL_SOCKET;
		head->cmsg_type = SCM_RIGHTS;
		head->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(head), &descriptor, sizeof(int));
	}
	for (;;) {
		ssize_t put = sendmsg(fd, &message, MSG_NOSIGNAL);
		if (put >= 0 || errno != EINTR)
			return put;
	}
}

static void pieces_skip(struct iovec *pieces, size_t count, size_t sent)
{
	for (size_t i = 0; i < count; i++) {
		size_t step = sent < pieces[i].iov_len ? sent : pieces[i].iov_len;
		if (step)
			pieces[i].iov_base = (char *)pieces[i].iov_base + step;
		pieces[i].iov_len -= step;
		sent -= step;
	}
}

static int send_blocking(struct ipc_channel *channel, struct iovec *pieces, size_t count,
			 int descriptor, struct err *err)
{
	size_t left = 0;

	for (size_t i = 0; i < count; i++)
		left += pieces[i].iov_len;
	while (left) {
		ssize_t put = send_some(channel->fd, pieces, count, descriptor);
		if (put < 0)
			return err_system(err, "sending to another process");
		descriptor = -1;
		left -= (size_t)put;
		pieces_skip(pieces, count, (size_t)put);
	}
	return 0;
}

static int queue(struct ipc_channel *channel, const struct iovec *pieces, size_t count,
		 int descriptor, struct err *err)
{
	if (descriptor >= 0) {
		int copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
		if (copy < 0)
			return err_system(err, "descriptor");
		if (channel->waiting_count == DESCRIPTORS) {
			close(copy);
			return err_set(err, ERR_LIMIT, "too many descriptors wait");
		}
		channel->waiting[channel->waiting_count++] =
			(struct waiting_descriptor){ channel->out.length, copy };
	}
	for (size_t i = 0; i < count; i++)
		buffer_add(&channel->out, pieces[i].iov_base, pieces[i].iov_len);
	if (channel->out.failed)
		return err_set(err, ERR_LIMIT, "another process does not read what is sent to it");
	return ipc_flush(channel, err);
}

int ipc_send(struct ipc_channel *channel, enum ipc_message message, struct text head,
	     struct text tail, int descriptor, struct err *err)
{
	static const char zeros[8];
	size_t length = head.length + tail.length;
	struct header header = { (uint32_t)length, (uint16_t)message, descriptor >= 0 };

	if (messages[message].from != channel->self || messages[message].to != channel->peer ||
	    length > messages[message].largest || messages[message].descriptor != (descriptor >= 0))
		return err_set(err, ERR_PROTOCOL, "%s may not be sent like this",
			       ipc_message_name(message));
	struct iovec pieces[] = {
		{ &header, sizeof(header) },
		{ (void *)(uintptr_t)head.bytes, head.length },
		{ (void *)(uintptr_t)tail.bytes, tail.length },
		{ (void *)(uintptr_t)zeros, PADDED(length) - length },
	};
	if (channel->blocking)
		return send_blocking(channel, pieces, ARRAY_LENGTH(pieces), descriptor, err);
	return queue(channel, pieces, ARRAY_LENGTH(pieces), descriptor, err);
}

int ipc_flush(struct ipc_channel *channel, struct err *err)
{
	while (channel->sent < channel->out.length) {
		size_t end = channel->out.length;
		int descriptor = -1;
		struct waiting_descriptor *first = &channel->waiting[0];

		if (channel->waiting_count && first->at == channel->sent)
			descriptor = first->fd;
		if (channel->waiting_count > (descriptor >= 0))
			end = channel->waiting[descriptor >= 0].at;
		struct iovec piece = { channel->out.data + channel->sent, end - channel->sent };
		ssize_t put = send_some(channel->fd, &piece, 1, descriptor);
		if (put < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return 0;
		if (put < 0)
			return err_system(err, "sending to another process");
		channel->sent += (size_t)put;
		if (descriptor >= 0) {
			close(descriptor);
			channel->waiting_count--;
			memmove(first, first + 1, channel->waiting_count * sizeof(*first));
		}
	}
	buffer_reset(&channel->out);
	channel->sent = 0;
	return 0;
}

static int keep_descriptors(struct ipc_channel *channel, struct msghdr *message, struct err *err)
{
	int result = 0;

	for (struct cmsghdr *head = CMSG_FIRSTHDR(message); head;
	     head = CMSG_NXTHDR(message, head)) {
		if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS)
			continue;
		size_t count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < count; i++) {
			int fd;
			memcpy(&fd, CMSG_DATA(head) + i * sizeof(int), sizeof(int));
			if (channel->arrived_count < DESCRIPTORS) {
				channel->arrived[channel->arrived_count++] = fd;
			} else {
				close(fd);
				result = err_set(err, ERR_PROTOCOL, "too many descriptors");
			}
		}
	}
	if (message->msg_flags & MSG_CTRUNC)
		return err_set(err, ERR_PROTOCOL, "too many descriptors at once");
	return result;
}

/* 1: something was read; 0: nothing there. */
static int read_some(struct ipc_channel *channel, size_t want, struct err *err)
{
	union {
		char bytes[CMSG_SPACE(4 * sizeof(int))];
		struct cmsghdr aligned;
	} control;
	size_t size = want > READ_AT_ONCE ? want : READ_AT_ONCE;
	char *place = buffer_reserve(&channel->in, size);

	if (!place)
		return err_set(err, ERR_MEMORY, "frame");
	struct iovec piece = { place, size };
	struct msghdr message = { .msg_iov = &piece,
				  .msg_iovlen = 1,
				  .msg_control = control.bytes,
				  .msg_controllen = sizeof(control.bytes) };
	ssize_t got;
	do
		got = recvmsg(channel->fd, &message, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 0;
	if (got < 0)
		return err_system(err, "receiving from another process");
	if (got == 0) {
		errno = EPIPE;
		return err_system(err, "the other process has ended");
	}
	channel->in.length += (size_t)got;
	int kept = keep_descriptors(channel, &message, err);
	return kept < 0 ? kept : 1;
}

static int check(const struct ipc_channel *channel, const struct header *header, struct err *err)
{
	unsigned m = header->message;

	if (m >= ARRAY_LENGTH(messages) || !messages[m].name ||
	    messages[m].from != channel->peer || messages[m].to != channel->self)
		return err_set(err, ERR_PROTOCOL, "frame %u may not come from there", m);
	if (header->length > messages[m].largest)
		return err_set(err, ERR_PROTOCOL, "%s of %u bytes is too large",
			       messages[m].name, header->length);
	if ((header->has_descriptor != 0) != messages[m].descriptor)
		return err_set(err, ERR_PROTOCOL, "%s: descriptor missing or unasked",
			       messages[m].name);
	return 0;
}

bool ipc_channel_ready(const struct ipc_channel *channel)
{
	size_t have = channel->in.length - channel->begin - channel->taken;
	struct header header;

	if (have < sizeof(header))
		return false;
	memcpy(&header, channel->in.data + channel->begin + channel->taken, sizeof(header));
	return have >= sizeof(header) + PADDED((size_t)header.length);
}

int ipc_receive(struct ipc_channel *channel, struct ipc_frame *ret_frame, struct err *err)
{
	struct header header;

	channel->begin += channel->taken;
	channel->taken = 0;
	for (;;) {
		size_t have = channel->in.length - channel->begin, want = sizeof(header);

		if (have >= sizeof(header)) {
			memcpy(&header, channel->in.data + channel->begin, sizeof(header));
			int checked = check(channel, &header, err);
			if (checked < 0)
				return checked;
			want += PADDED((size_t)header.length);
			if (have >= want)
				break;
		}
		/* Make the place for the rest a whole one. */
		if (channel->begin) {
			memmove(channel->in.data, channel->in.data + channel->begin, have);
			channel->in.length = have;
			channel->begin = 0;
		}
		int got = read_some(channel, want - have, err);
		if (got <= 0)
			return got;
	}
	ret_frame->message = header.message;
	ret_frame->payload = (struct text){ channel->in.data + channel->begin + sizeof(header),
					    header.length };
	ret_frame->descriptor = -1;
	if (header.has_descriptor) {
		if (channel->arrived_count == 0)
			return err_set(err, ERR_PROTOCOL, "%s came without its descriptor",
				       messages[header.message].name);
		ret_frame->descriptor = channel->arrived[0];
		channel->arrived_count--;
		memmove(channel->arrived, channel->arrived + 1,
			channel->arrived_count * sizeof(channel->arrived[0]));
	}
	channel->taken = sizeof(header) + PADDED((size_t)header.length);
	return 1;
}

struct text ipc_member_text(const char *bytes, size_t size)
{
	const char *end = memchr(bytes, '\0', size);

	return end ? text_between(bytes, end) : TEXT_NONE;
}

const void *ipc_payload(const struct ipc_frame *frame, size_t size)
{
	return frame->payload.length >= size ? frame->payload.bytes : NULL;
}
