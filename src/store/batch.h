/*
 * One batch into the books, in one transaction: events, names, hits and
 * rejects as they come, then the violations they open or extend, the
 * delivery and its receipt. Part of the door of store.
 *
 * What comes from a reader is hostile here too: every function checks it and
 * answers ERR_PROTOCOL for what cannot be.
 */
#ifndef STORE_BATCH_H
#define STORE_BATCH_H

#include "ipc/ipc.h"
#include "pg/pg.h"

struct store_batch;

/* For one connection; makes the temporary tables it works with. */
int store_batch_new(struct pg *pg, uint32_t reject_limit, struct store_batch **ret_batch,
		    struct err *err) MUST_CHECK;
void store_batch_free(struct store_batch *batch);      /* NULL is allowed */

/*
 * The rules of a reader, DIGEST/KEY each ended by NUL: their numbers in the
 * books. Rules of a standard that was never loaded are refused; one that is
 * no longer in force is the one by which the reader still judges. The array is the caller's
 * to free().
 */
int store_batch_rules(struct store_batch *batch, struct text keys, int32_t **ret_rules,
		      size_t *ret_count, struct err *err) MUST_CHECK;

/*
 * Begin a transaction for a delivery. delivery must live until its end.
 * *ret_known: this very delivery is in the books already (a crash came
 * before its receipt was out); then only store_batch_settle() may follow.
 */
int store_batch_begin(struct store_batch *batch, const struct ipc_writer_batch *delivery,
		      bool *ret_known, struct err *err) MUST_CHECK;
/*
 * The rules that the batch is judged by: absence is only told where all logs
 * were looked at for what might be missing. After the begin.
 */
void store_batch_judged_by(struct store_batch *batch, const int32_t *rules, size_t rule_count);
void store_batch_rollback(struct store_batch *batch);

/* Payloads of DATA_NAMES, DATA_EVENTS, DATA_HITS and DATA_REJECTS. */
int store_batch_names(struct store_batch *batch, struct text payload, struct err *err) MUST_CHECK;
/* 1: the batch is refused (see store_batch_refusal). */
int store_batch_events(struct store_batch *batch, struct text payload, struct err *err) MUST_CHECK;
int store_batch_hits(struct store_batch *batch, struct text payload, const int32_t *rules,
		     size_t rule_count, struct err *err) MUST_CHECK;
/* DATA_CORRELATED. 1: the batch is refused. */
int store_batch_correlated(struct store_batch *batch, struct text payload, const int32_t *rules,
			   size_t rule_count, struct err *err) MUST_CHECK;
/* DATA_SEQUENCES. */
int store_batch_sequences(struct store_batch *batch, struct text payload,
			  struct err *err) MUST_CHECK;
/*
 * What the last commit read of the books to keep correlations up to date:
 * tallies of blocks, then blocks, and the bytes of their hits.
 */
struct store_effort {
	uint64_t tallies, blocks, bytes;
};
struct store_effort store_batch_effort(const struct store_batch *batch);
int store_batch_rejects(struct store_batch *batch, struct text payload, struct err *err) MUST_CHECK;
const struct ipc_fail *store_batch_refusal(const struct store_batch *batch);

/* What is told about a delivery once it is committed. */
struct store_receipt {
	enum ipc_outcome outcome;
	struct text receipt;       /* JSON, one object and a line feed */
	struct text rejects;       /* NAME.rejects; empty: no such file */
};

/*
 * The rest of the transaction and COMMIT. Content that is in the books
 * already adds nothing but the delivery. The texts live until the next begin.
 */
int store_batch_commit(struct store_batch *batch, const struct ipc_end *end,
		       const struct ipc_evidence *evidence, struct store_receipt *ret_receipt,
		       struct err *err) MUST_CHECK;
/*
 * Record a delivery that is refused whole, in a transaction of its own.
 * evidence: NULL where no snapshot was made.
 */
int store_batch_refuse(struct store_batch *batch, const struct ipc_writer_batch *delivery,
		       const struct ipc_fail *fail, const struct ipc_evidence *evidence,
		       struct store_receipt *ret_receipt, struct err *err) MUST_CHECK;
/* Payload of DATA_REPLY, for a delivery that is a reply; then store_reply_commit(). */
int store_reply_take(struct store_batch *batch, struct text payload, struct err *err) MUST_CHECK;
/*
 * The reply into the case that it is about, or refused with the reason, and
 * COMMIT. The receipt says which.
 */
int store_reply_commit(struct store_batch *batch, const struct ipc_evidence *evidence,
		       struct store_receipt *ret_receipt, struct err *err) MUST_CHECK;
/* Record an attachment, in a transaction of its own. */
int store_attachment(struct store_batch *batch, const struct ipc_writer_batch *delivery,
		     const struct ipc_evidence *evidence, struct store_receipt *ret_receipt,
		     struct err *err) MUST_CHECK;
/* The receipt of a delivery that is in the books already. */
int store_batch_settle(struct store_batch *batch, struct store_receipt *ret_receipt,
		       struct err *err) MUST_CHECK;

#endif
