/* What contractors answer, and what they attach. */
#include "store/batch_int.h"

#include <stdlib.h>

int store_reply_take(struct store_batch *batch, struct text payload, struct err *err)
{
	const struct ipc_reply *head = (const void *)payload.bytes;
	struct text rest = text_skip(payload, sizeof(*head));

	if (!batch->delivery->violation[0] || batch->reply.length ||
	    payload.length < sizeof(*head) || !ipc_member(head->answer).length ||
	    !ipc_member(head->violation).bytes || head->text_length > IPC_REPLY_TEXT ||
	    head->attachment_count > IPC_REPLY_ATTACHMENTS ||
	    rest.length != head->text_length + (size_t)head->attachment_count * 32)
		return err_set(err, ERR_PROTOCOL, "a reply is not whole");
	struct text words = text_head(rest, head->text_length);
	struct text answer = ipc_member(head->answer), violation = ipc_member(head->violation);
	if (text_utf8_valid(words) != words.length || memchr(rest.bytes, '\0', words.length) ||
	    text_utf8_valid(answer) != answer.length ||
	    text_utf8_valid(violation) != violation.length)
		return err_set(err, ERR_PROTOCOL, "a reply is no text");
	buffer_add_text(&batch->reply, payload);
	return batch->reply.failed ? err_set(err, ERR_MEMORY, "reply") : 0;
}

/* {\x…,\x…}: digests as PostgreSQL reads bytea[]. */
static void digests_write(const struct ipc_reply *head, const uint8_t *digests,
			  struct buffer *out)
{
	buffer_add_byte(out, '{');
	for (uint32_t i = 0; i < head->attachment_count; i++) {
		buffer_add_string(out, i ? ",\"\\\\x" : "\"\\\\x");
		for (int b = 0; b < 32; b++)
			buffer_add_format(out, "%02x", digests[i * 32 + (uint32_t)b]);
		buffer_add_byte(out, '"');
	}
	buffer_add_byte(out, '}');
}

/* The function says why the case does not take it: a refusal's code and words. */
static int take_answer(struct store_batch *batch, struct pg_result **ret_result, struct err *err)
{
	const struct ipc_writer_batch *delivery = batch->delivery;
	const struct ipc_reply *head = (const void *)batch->reply.data;
	const char *rest = batch->reply.data + sizeof(*head);
	CLEAN(buffer) struct buffer digests;

	buffer_init(&digests, 1 << 16);
	digests_write(head, (const uint8_t *)rest + head->text_length, &digests);
	if (digests.failed)
		return err_set(err, ERR_MEMORY, "reply");
	return pg_query_one(batch->pg,
			    "SELECT code, why FROM reply_take($1, $2, $3, $4, $5, $6::bytea[], $7)",
			    PG_VALUES(PG_NUMBER(delivery->contractor_id),
				      PG_STRING(delivery->violation), PG_STRING(head->violation),
				      PG_STRING(head->answer),
				      PG_TEXT(((struct text){ rest, head->text_length })),
				      PG_TEXT(buffer_text(&digests)),
				      PG_STRING(delivery->delivery)),
			    ret_result, err);
}

static int finish(struct store_batch *batch, struct pg_result *result,
		  const struct ipc_evidence *evidence, struct store_receipt *ret_receipt,
		  struct err *err)
{
	bool refused = !pg_is_null(result, 0, 0);
	struct delivery_facts facts = {
		.outcome = refused ? IPC_REFUSED : IPC_ACCEPTED,
		.code = refused ? pg_string(result, 0, 0) : NULL,
		.reason = pg_is_null(result, 0, 1) ? NULL : pg_string(result, 0, 1),
		.evidence = evidence->sha256,
		.first = MOMENT_NONE,
		.last = MOMENT_NONE,
	};

	return store_batch_finish(batch, &facts, ret_receipt, err);
}

int store_reply_commit(struct store_batch *batch, const struct ipc_evidence *evidence,
		       struct store_receipt *ret_receipt, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;

	if (!batch->reply.length)
		return err_set(err, ERR_PROTOCOL, "a reply ends without an answer");
	/* A reply uses up no batch number. */
	int done = store_batch_begin_again(batch, err);
	if (done == 0)
		done = take_answer(batch, &result, err);
	return done < 0 ? done : finish(batch, result, evidence, ret_receipt, err);
}

int store_attachment(struct store_batch *batch, const struct ipc_writer_batch *delivery,
		     const struct ipc_evidence *evidence, struct store_receipt *ret_receipt,
		     struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	bool known;

	store_batch_rollback(batch);
	int done = store_batch_begin(batch, delivery, &known, err);
	if (done < 0)
		return done;
	if (known)
		return store_batch_settle(batch, ret_receipt, err);
	done = store_batch_begin_again(batch, err);
	if (done == 0)
		done = pg_query_one(batch->pg,
				    "SELECT code, why FROM attachment_take($1, $2, $3, $4, $5, $6)",
				    PG_VALUES(PG_NUMBER(delivery->contractor_id),
					      PG_STRING(delivery->violation),
					      PG_STRING(delivery->delivery),
					      PG_STRING(delivery->name),
					      PG_BYTES(((struct text){
						      (const char *)evidence->sha256, 32 })),
					      PG_NUMBER((int64_t)evidence->bytes)),
				    &result, err);
	return done < 0 ? done : finish(batch, result, evidence, ret_receipt, err);
}
