/*
 * A contractor's reply: one JSON object, muster-reply(5). It is read here, in
 * the jail, like every other byte of a contractor's.
 */
#include "reader/reader.h"

#include <unistd.h>

#define FIELD_LONGEST 31

enum member { MEMBER_VIOLATION, MEMBER_ANSWER, MEMBER_TEXT, MEMBER_ATTACHMENTS, MEMBER_COUNT };

static const struct text members[MEMBER_COUNT] = {
	[MEMBER_VIOLATION] = { "violation", 9 },
	[MEMBER_ANSWER] = { "answer", 6 },
	[MEMBER_TEXT] = { "text", 4 },
	[MEMBER_ATTACHMENTS] = { "attachments", 11 },
};

struct reply {
	struct ipc_reply head;
	struct text words;
	uint8_t attachments[IPC_REPLY_ATTACHMENTS][CRYPTO_SHA256];
	struct ipc_fail fail;
};

static int prepare(struct reader *reader, struct err *err)
{
	if (reader->reply)
		return 0;
	reader->reply_fields = event_names_new();
	if (!reader->reply_fields)
		return err_set(err, ERR_MEMORY, "replies");
	for (int i = 0; i < MEMBER_COUNT; i++)
		if (event_names_intern(reader->reply_fields, members[i]) == EVENT_NAME_NONE)
			return err_set(err, ERR_MEMORY, "replies");
	reader->reply = decode_json_new(reader->reply_fields, err);
	return reader->reply ? 0 : -(int)ERR_MEMORY;
}

/* 0; 1: refused, and reply->fail says why. */
static int refuse(struct reply *reply, const char *what)
{
	ipc_fail_fill(&reply->fail, IPC_REFUSED_REPLY, "%s", what);
	return 1;
}

static bool word_take(char place[], size_t room, struct text value)
{
	if (value.length >= room || place[0] || memchr(value.bytes, '\0', value.length))
		return false;
	memcpy(place, value.bytes, value.length);
	return value.length > 0;
}

static bool digest_take(struct reply *reply, struct text value)
{
	uint8_t *digest = reply->attachments[reply->head.attachment_count];

	if (value.length != 2 * CRYPTO_SHA256)
		return false;
	for (size_t i = 0; i < value.length; i++) {
		int digit = hex_digit(value.bytes[i]);
		if (digit < 0)
			return false;
		digest[i / 2] = (uint8_t)(digest[i / 2] << 4 | digit);
	}
	reply->head.attachment_count++;
	return true;
}

static int field_take(struct reply *reply, const struct event_field *field)
{
	if (field->name_number != EVENT_NAME_NONE && field->kind == EVENT_FIELD_NULL)
		return 0;
	if (field->name_number != EVENT_NAME_NONE && field->kind != EVENT_FIELD_TEXT)
		return refuse(reply, "its members are texts, and attachments is a list of texts");
	switch (field->name_number) {
	case MEMBER_VIOLATION:
		if (!word_take(reply->head.violation, sizeof(reply->head.violation), field->value))
			return refuse(reply, "violation is not the number of one violation");
		return 0;
	case MEMBER_ANSWER:
		if (!word_take(reply->head.answer, sizeof(reply->head.answer), field->value))
			return refuse(reply, "answer is not one word of the list");
		return 0;
	case MEMBER_TEXT:
		if (reply->words.bytes || field->value.length > IPC_REPLY_TEXT)
			return refuse(reply, "text is one text of at most 65,536 bytes");
		if (memchr(field->value.bytes, '\0', field->value.length))
			return refuse(reply, "text has a NUL in it");
		reply->words = field->value;
		return 0;
	case MEMBER_ATTACHMENTS:
		if (reply->head.attachment_count == IPC_REPLY_ATTACHMENTS)
			return refuse(reply, "more than 64 attachments");
		if (!digest_take(reply, field->value))
			return refuse(reply, "attachments are SHA-256 digests of 64 hexadecimal digits each");
		return 0;
	default:
		ipc_fail_fill(&reply->fail, IPC_REFUSED_REPLY,
			      "it has a member that replies do not have; theirs are violation, answer, text, attachments");
		return 1;
	}
}

static int parse(struct reader *reader, struct text object, struct reply *reply, struct err *err)
{
	struct decode_reject wrong;
	struct event_part part;
	int taken = decode_json_object(reader->reply, object, &part, &wrong, err);

	if (taken < 0)
		return taken;
	if (taken == 0) {
		ipc_fail_fill(&reply->fail, IPC_REFUSED_REPLY, "at byte %llu: %.*s",
			      (unsigned long long)wrong.offset, TEXT_PRINT(wrong.reason));
		return 1;
	}
	for (uint32_t i = 0; i < part.field_count; i++)
		if (field_take(reply, &part.fields[i]))
			return 1;
	if (!reply->head.answer[0])
		return refuse(reply, "it has no answer");
	reply->head.text_length = (uint32_t)reply->words.length;
	return 0;
}

/* 0: all of it is in out; 1: refused; negative. */
static int content_take(struct reader *reader, const struct ipc_reader_batch *order, int fd,
			struct buffer *out, struct ipc_fail *ret_fail, struct err *err)
{
	const struct content_limits limits = { DECODE_RECORD_LIMIT,
					       reader->setup.ratio_limit };
	struct content *content =
		content_open(fd, (enum ipc_encoding)order->encoding, &limits, err);
	ssize_t got = -1;

	if (!content)
		return -(int)ERR_MEMORY;
	do {
		char *place = buffer_reserve(out, 65536);
		got = place ? content_read(content, place, 65536, ret_fail) : -1;
		if (got > 0)
			out->length += (size_t)got;
		if (!place)
			ipc_fail_fill(ret_fail, IPC_REFUSED_REPLY, "it is longer than 1 MiB");
	} while (got > 0);
	content_free(content);
	return got < 0;
}

static int tell(struct reader *reader, const struct reply *reply, bool refused, struct err *err)
{
	const struct ipc_end end = { .first = MOMENT_NONE, .last = MOMENT_NONE };
	CLEAN(buffer) struct buffer rest;

	buffer_init(&rest, IPC_LARGEST);
	if (refused)
		return ipc_send(reader->writer, IPC_DATA_FAIL,
				(struct text){ (const char *)&reply->fail, sizeof(reply->fail) },
				TEXT_NONE, -1, err);
	buffer_add_text(&rest, reply->words);
	buffer_add(&rest, reply->attachments, reply->head.attachment_count * CRYPTO_SHA256);
	if (rest.failed)
		return err_set(err, ERR_MEMORY, "reply");
	int sent = ipc_send(reader->writer, IPC_DATA_REPLY,
			    (struct text){ (const char *)&reply->head, sizeof(reply->head) },
			    buffer_text(&rest), -1, err);
	return sent < 0 ? sent :
			  ipc_send(reader->writer, IPC_DATA_END,
				   (struct text){ (const char *)&end, sizeof(end) }, TEXT_NONE, -1,
				   err);
}

int reader_reply(struct reader *reader, const struct ipc_reader_batch *order, int fd,
		 struct err *err)
{
	struct ipc_reference reference = { order->batch };
	struct text head = { (const char *)&reference, sizeof(reference) };
	struct reply reply = { 0 };
	CLEAN(buffer) struct buffer bytes;
	int r = prepare(reader, err);

	buffer_init(&bytes, DECODE_RECORD_LIMIT + 2 * 65536);
	if (r == 0)
		r = ipc_send(reader->writer, IPC_DATA_BEGIN, head, TEXT_NONE, -1, err);
	if (r == 0)
		r = content_take(reader, order, fd, &bytes, &reply.fail, err);
	if (r == 0)
		r = parse(reader, buffer_text(&bytes), &reply, err);
	if (r >= 0)
		r = tell(reader, &reply, r > 0, err);
	if (r == 0)
		r = ipc_send(reader->daemon, IPC_READER_IDLE, head, TEXT_NONE, -1, err);
	return r;
}
