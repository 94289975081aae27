/* What batch.c and settle.c share; nobody else includes this. */
#ifndef STORE_BATCH_INT_H
#define STORE_BATCH_INT_H

#include "store/batch.h"

#define STORE_MONTHS_MOST 120
#define STORE_SWITCHES_MOST 16u
#define STORE_SUBJECT_KINDS 5

struct store_batch {
	struct pg *pg;
	uint32_t reject_limit;
	const struct ipc_writer_batch *delivery;
	bool again;                /* judged again: names wait for the end (replay.c) */
	bool open;                 /* a transaction is under way */
	struct pg_transaction transaction;
	int64_t id;                /* of the batch, in the contractor's count */
	/* events */
	struct pg_copy copy;
	bool copying, spilled;     /* spilled: not straight into a month's partition */
	int copy_month;
	int64_t month_from, month_to;
	unsigned switches;
	int months[STORE_MONTHS_MOST];
	size_t month_count;
	uint64_t events;
	int64_t first, last;       /* moments */
	struct correlated *correlated;
	struct buffer sequences;   /* struct ipc_sequence */
	struct buffer forgotten;   /* int64_t: where repeated records began */
	/* kept back until no COPY of events is under way */
	struct buffer names, hits, rejects;
	bool names_staged;         /* since the transaction began */
	uint64_t session_rows, session_deleted;  /* in tables of the session, since they were emptied or truncated */
	uint64_t reject_count;
	struct ipc_fail refusal;
	struct buffer reply;       /* payload of DATA_REPLY, or empty */
	/* told at the end */
	struct buffer receipt, reject_lines;
};

/* Ends the COPY of events, so that other statements can run. */
int store_batch_copy_end(struct store_batch *batch, struct err *err) MUST_CHECK;
/* The same, and what is much of all that is kept back goes to the server; or all of it. */
int store_batch_flush(struct store_batch *batch, struct err *err) MUST_CHECK;
int store_batch_flush_all(struct store_batch *batch, struct err *err) MUST_CHECK;

/* A COPY into a table of the session has ended. */
int store_session_copy_end(struct store_batch *batch, struct pg_copy *copy,
			   struct err *err) MUST_CHECK;
/*
 * Empties a table of the session. Deleting is cheaper, but what was deleted is
 * passed over until the next of the turns that truncates.
 */
int store_session_table_empty(struct store_batch *batch, const char *table, unsigned *turns,
			      struct err *err) MUST_CHECK;
/* Empties all of them, of what a transaction before left there. */
int store_session_empty(struct store_batch *batch, bool for_good, struct err *err) MUST_CHECK;

/* A log that is in the books as that batch is taken again; the transaction is the caller's. */
void store_batch_again(struct store_batch *batch, int64_t id,
		       const struct ipc_writer_batch *delivery);
/* Names that were copied go into the books. */
int store_names_insert(struct store_batch *batch, struct err *err) MUST_CHECK;
/* Hits that were copied become rows of pg_temp.grouped. */
int store_hits_group(struct store_batch *batch, struct err *err) MUST_CHECK;

/* Years 0 to 9999: what the decoders can say and PostgreSQL can keep. */
#define MOMENT_LEAST (-62167219200LL * MICROSECONDS)
#define MOMENT_MOST (253402300800LL * MICROSECONDS)

/* What the books and the receipt say of a delivery (settle.c). */
struct counts {
	int64_t records, accepted, rejected, duplicates;
};
struct delivery_facts {
	enum ipc_outcome outcome;
	const char *code, *reason;     /* NULL: none */
	int64_t batch_id;              /* 0: none */
	struct counts counts;
	const uint8_t *evidence, *content;     /* digests, or NULL */
	int64_t first, last;
};
/* The delivery's row and COMMIT. */
int store_batch_finish(struct store_batch *batch, const struct delivery_facts *facts,
		       struct store_receipt *ret_receipt, struct err *err) MUST_CHECK;
/* Roll back, and begin a transaction for the same delivery. */
int store_batch_begin_again(struct store_batch *batch, struct err *err) MUST_CHECK;

/* What correlations make of the batch (correlated.c). */
int store_correlated_new(struct store_batch *batch, struct err *err) MUST_CHECK;
void store_correlated_free(struct store_batch *batch);
int store_correlated_definitions(struct store_batch *batch, const int32_t *rules, size_t count,
				 struct err *err) MUST_CHECK;
void store_correlated_begin(struct store_batch *batch);
/* What is full goes to the server, while no COPY of events is under way. */
int store_correlated_flush(struct store_batch *batch, struct err *err) MUST_CHECK;
/* At the end of the batch, when repetitions are known and it is in the books. */
int store_correlated_settle(struct store_batch *batch, struct err *err) MUST_CHECK;

/* What its events named that the roster did not have; and whether that can be. */
int store_unknown_insert(struct store_batch *batch, const struct ipc_end *end,
			 struct err *err) MUST_CHECK;
bool store_unknown_agree(const struct ipc_end *end);

/* Only its hits are kept; runs wait until those of all batches are. */
int store_correlated_keep(struct store_batch *batch, struct err *err) MUST_CHECK;

/* What numbers of records the batch's system has delivered now, and which not (sequence.c). */
/* duplicates: how many records of the batch were in the books. */
int store_sequences_settle(struct store_batch *batch, int64_t duplicates,
			   struct err *err) MUST_CHECK;

/* Take count numbers without gaps; the last of them. Locks the counter. */
int store_counter_take(struct pg *pg, const char *name, int64_t count, int64_t *ret_last,
		       struct err *err) MUST_CHECK;

#endif
