/*
 * muster-reader: the only process that touches a contractor's bytes. It gets
 * a snapshot's descriptor and the rules, and gives typed frames to the
 * writer. It has no database, no network and no files of its own; whoever
 * takes it over gains the right to say what one contractor's log holds.
 */
#ifndef READER_READER_H
#define READER_READER_H

#include "crypto/crypto.h"
#include "decode/decode.h"
#include "ipc/ipc.h"
#include "roster/roster.h"
#include "sigma/sigma.h"

/* content.c: the uncompressed bytes of a snapshot. */

struct content;
struct content_limits {
	uint64_t bytes;            /* of the uncompressed log */
	uint64_t ratio;            /* uncompressed to compressed */
};
/*
 * fd stays the caller's; its offset must be at the start. NULL on failure
 * (out of memory).
 */
struct content *content_open(int fd, enum ipc_encoding encoding,
			     const struct content_limits *limits, struct err *err);
void content_free(struct content *content);
/*
 * The next bytes, at most room. Returns how many; 0 at the end; -1 where the
 * content as a whole cannot be taken: *ret_fail says why.
 */
ssize_t content_read(struct content *content, void *place, size_t room,
		     struct ipc_fail *ret_fail);

/* repeats.c: may an identity have come before in this batch? */

struct repeats;
struct repeats *repeats_new(void);
void repeats_free(struct repeats *repeats);
void repeats_reset(struct repeats *repeats);
/*
 * Note an event. False: it is certainly the first of its identity and
 * moment. True: it may not be. Exact while the log is in order to within
 * some thousands of events; remembers a bounded number of them.
 */
bool repeats_note(struct repeats *repeats, int64_t time, uint64_t identity);

/* correlated.c: what correlations need to know of the events they are about. */

struct correlated;
/* rules: compiled; it outlives this. NULL when out of memory. */
struct correlated *correlated_new(struct sigma_set *rules, struct hash_key name_key);
void correlated_free(struct correlated *correlated);
/* Correlations are about this event rule. */
bool correlated_is_asked(const struct correlated *correlated, size_t rule);
/* A value that groups, as the id of a name that the writer is told. */
typedef uint64_t correlated_name_function(void *context, struct text value);
/*
 * Adds struct ipc_correlated and what follows it to out, for each correlation
 * that is about the rule and whose group-by values the event has. told: the
 * event with the names of its values, which the writer is told.
 */
void correlated_add(struct correlated *correlated, size_t rule, const struct event *event,
		    const struct ipc_event *told, correlated_name_function *name, void *context,
		    struct buffer *out);

/* names.c: strings by their hash under the instance's key. */

struct names;
struct names *names_new(const struct hash_key *key);
void names_free(struct names *names);
/* Begin a batch: nothing has been told yet. */
void names_reset(struct names *names);
/* The identity of a value, never 0; what names_tell() looks at is fetched. */
uint64_t names_id(const struct names *names, struct text value);
/*
 * True: it has not been told in this batch, or was so long ago that this is
 * forgotten; it must be told now.
 */
bool names_tell(struct names *names, uint64_t id);

/* What one reader has. */

/* A contractor's roster, and what has come of its next version. */
struct held_roster {
	int32_t contractor_id;
	int64_t version;           /* 0: none yet */
	struct roster *roster;
	struct buffer coming;
	int64_t coming_version;
	struct held_roster *next;
};

struct reader {
	struct ipc_channel *daemon, *writer;
	struct ipc_reader_setup setup;
	struct event_names *fields;    /* that rules read */
	struct sigma_set *rules;
	struct correlated *correlated;
	struct crypto_sha256 *sha256;
	struct repeats *repeats;
	struct names *told;
	struct held_roster *rosters;
	struct roster_join *join;
	bool joins;                /* some rule asks what a roster says */
	struct event_names *reply_fields;
	struct decode_json *reply; /* made by the first reply */
};

/* rosters.c: those of the contractors that the reader works for. */

/* A frame READER_ROSTER. */
int rosters_take(struct reader *reader, const struct ipc_frame *frame, struct err *err) MUST_CHECK;
/* NULL for version 0. ERR_PROTOCOL where that version was not told. */
int rosters_find(const struct reader *reader, int32_t contractor_id, int64_t version,
		 const struct roster **ret_roster, struct err *err) MUST_CHECK;

/* batch.c: one log from its first byte to DATA_END or DATA_FAIL. */

int reader_batch(struct reader *reader, const struct ipc_reader_batch *batch, struct text zone,
		 int fd, struct err *err) MUST_CHECK;

/* reply.c: what a contractor answers, to DATA_END or DATA_FAIL. */

int reader_reply(struct reader *reader, const struct ipc_reader_batch *order, int fd,
		 struct err *err) MUST_CHECK;

#endif
