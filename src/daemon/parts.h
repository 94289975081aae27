/* Private to daemon: what its files share. */
#ifndef DAEMON_PARTS_H
#define DAEMON_PARTS_H

#include "config/config.h"
#include "child/child.h"
#include "daemon/daemon.h"
#include "ipc/ipc.h"
#include "spool/spool.h"

/* Milliseconds of a clock that never goes back. */
int64_t daemon_now(void);

/* What delays a thing that failed: 1 s, 2 s … 30 s. */
struct backoff {
	unsigned failures;             /* in a row */
	int64_t until;                 /* ms */
};
void backoff_add(struct backoff *backoff);

/* intake.c: contractors and what they have dropped ------------------------------ */

struct system {
	int32_t id;
	char name[IPC_SYSTEM], format[IPC_FORMAT];
	bool waiting;                  /* told to the writer in this look */
	char *zone;                    /* TZif bytes */
	size_t zone_length;
	struct system *next;
};

/* A contractor's roster as readers take it. */
struct roster {
	int64_t version;               /* 0: there is none */
	char *bytes;
	size_t size, have;
};

struct contractor {
	char code[IPC_CODE];
	struct roster roster, coming_roster;
	int32_t id;
	bool enrolled, is_unsigned;
	bool is_open;                  /* its logs may be taken */
	bool told;                     /* why nothing is taken from it */
	bool look;                     /* there may be something new */
	bool resumed;                  /* its claimed files are in work or queued */
	int watch;                     /* of incoming, or -1 */
	struct spool_list claimed, incoming;
	size_t next_claimed, next_incoming;
	int64_t pause;                 /* ms until which nothing is claimed */
	uint64_t *stuck;               /* hashes of names that cannot be claimed */
	size_t stuck_count;
	struct system *systems;
	struct contractor *next;
};

struct intake {
	struct contractor *contractors, *turn;
	int inotify;                   /* or -1 */
	int spool_watch;
	int64_t next_scan;             /* ms */
	bool watch_failed;
};

struct daemon;
int intake_open(struct daemon *daemon, struct err *err) MUST_CHECK;
void intake_close(struct daemon *daemon);
/* A new enrolment comes row by row, and is then whole. */
void intake_enrol_begin(struct daemon *daemon);
int intake_enrol(struct daemon *daemon, const struct ipc_frame *frame, struct err *err) MUST_CHECK;
void intake_enrol_end(struct daemon *daemon);
/* A piece of a roster. */
int intake_roster(struct daemon *daemon, const struct ipc_frame *frame, struct err *err) MUST_CHECK;
const struct system *contractor_system(const struct contractor *contractor, const char *name);
/* Read what inotify says. */
void intake_notified(struct daemon *daemon);
/* Look everywhere again (at the latest every scan_interval). */
void intake_look_again(struct daemon *daemon);
/* Try again what could not be claimed. */
void intake_forgive(struct daemon *daemon);
/*
 * The next delivery, oldest of the contractor whose turn it is, claimed.
 * False: there is none now.
 */
bool intake_next(struct daemon *daemon, struct contractor **ret_contractor,
		 struct spool_delivery *ret_delivery);
/* A failure of this machine keeps logs waiting. */
bool intake_paused(const struct daemon *daemon);
/*
 * What waits of contractors that may deliver, in the spool or in work: struct
 * ipc_waiting, each system once. Of too much, some.
 */
void intake_tell_waiting(struct daemon *daemon, struct buffer *rows);
/* Logs waiting that have been seen. */
uint64_t intake_waiting(const struct daemon *daemon);

/* office.c: how the office works --------------------------------------------------- */

struct office {
	struct ipc_office told;
	struct buffer words;           /* its time zone and holidays, a line each */
};
/* From the configuration. ERR_CONFIG where it is no calendar. */
int office_open(struct daemon *daemon, struct err *err) MUST_CHECK;
void office_close(struct daemon *daemon);

/* in_work.c: deliveries in work ------------------------------------------------------ */

enum work_state {
	WORK_NEW,                      /* claimed */
	WORK_HELD,                     /* this machine failed: again after a while */
	WORK_COPYING,                  /* into evidence */
	WORK_READY,                    /* copied: waits for a reader */
	WORK_UNKNOWN,                  /* its system is unknown: waits for the enrolment */
	WORK_GIVEN,                    /* to a reader and the writer */
	WORK_ABANDONED,                /* its reader died: waits for the writer's word */
	WORK_TOLD,                     /* refused, or an attachment: waits for the receipt */
};

struct work {
	enum work_state state;
	uint64_t batch;                /* number of this attempt */
	int64_t roster;                /* version that its events are joined to */
	uint32_t reader;               /* number of the reader it was given to */
	struct contractor *contractor;
	struct spool_delivery delivery;
	struct spool_snapshot *snapshot;
	enum spool_encoding encoding;
	bool hashed, kept;             /* the copy is hashed; is evidence */
	bool refreshed;                /* the enrolment was asked for its system */
	uint8_t sha256[CRYPTO_SHA256];
	struct buffer rejects;
	unsigned reader_deaths, writer_deaths;
	struct backoff backoff;
};

/* Take deliveries while there is room for them; do one slice of each. */
void work_take(struct daemon *daemon);
/* True where there is more to do at once. */
bool work_step(struct daemon *daemon);
size_t work_count(const struct daemon *daemon);
/* ms of the next thing to do by the clock, or INT64_MAX. */
int64_t work_next(const struct daemon *daemon);
int work_rejects(struct daemon *daemon, const struct ipc_frame *frame, struct err *err) MUST_CHECK;
int work_receipt(struct daemon *daemon, const struct ipc_frame *frame, struct err *err) MUST_CHECK;
int work_abandoned(struct daemon *daemon, const struct ipc_frame *frame, struct err *err) MUST_CHECK;
/*
 * A reader has died, batch in hand (or 0). What it had sent before may not
 * have arrived, so all that it was given begins again.
 */
void work_reader_died(struct daemon *daemon, uint32_t reader, uint64_t batch);
/* Something may still come from the reader of that number. */
bool work_is_with_reader(const struct daemon *daemon, uint32_t reader);
/*
 * The writer has gone: everything in work begins again. fault: it was ended by
 * a fault of its own; the log it had before it is refused after the second.
 */
void work_restart(struct daemon *daemon, bool fault);
void work_enrolled(struct daemon *daemon);
void work_close(struct daemon *daemon);

/* letters.c: notices and decisions, into the spool ------------------------------------ */

/* Write one that the writer sends, and say whether that worked. */
int letter_write(struct daemon *daemon, const struct ipc_frame *frame, struct err *err) MUST_CHECK;

/* supervisor.c: the children ------------------------------------------------------- */

/* The version of a contractor's roster that a reader has. */
struct reader_roster {
	int32_t contractor_id;
	int64_t version;
};

struct reader {
	struct child child;
	struct reader_roster *rosters;
	size_t roster_count, roster_bytes;
	uint32_t number;
	bool ready;                    /* in the jail */
	bool outdated;                 /* to be replaced when it is idle */
	bool failed;                   /* to be ended */
	uint64_t batch;                /* what it reads, or 0 */
};

struct standards {
	struct text *bundles;          /* bytes are owned */
	size_t count;
};

struct supervisor {
	struct child writer;
	bool writer_ready;             /* its enrolment has come */
	bool writer_failed;            /* to be ended */
	int64_t writer_since;          /* ms */
	bool enrolling;                /* rows of an enrolment are coming */
	bool refreshing, refresh_again;
	bool replace_readers;          /* when the enrolment has come */
	struct backoff writer_backoff, reader_backoff;
	struct reader *readers;
	size_t reader_count;
	struct hash_key name_key;
	struct standards standards, coming;
	unsigned reader_user;
};

/* Prepare for that many readers. */
int supervisor_open(struct daemon *daemon, size_t readers, struct err *err) MUST_CHECK;
void supervisor_close(struct daemon *daemon);
/* End what has failed, start what does not run and is due. */
void supervisor_turn(struct daemon *daemon);
/* ms of the next start, or INT64_MAX. */
int64_t supervisor_next(const struct daemon *daemon);
/* Every reader is in its jail. */
bool supervisor_ready(const struct daemon *daemon);
/* A child's channel can be read or written. */
void supervisor_writer(struct daemon *daemon);
void supervisor_reader(struct daemon *daemon, struct reader *reader);
/* Send a frame to the writer. False: it has failed, and will be replaced. */
bool supervisor_tell_writer(struct daemon *daemon, enum ipc_message message, struct text head,
			    struct text tail);
/* Ask for the enrolment again. */
void supervisor_refresh(struct daemon *daemon);
/* The writer has cut the reader of that number off. */
void supervisor_reader_failed(struct daemon *daemon, uint32_t reader);
/* A reader in its jail that has nothing to do, or NULL. */
struct reader *supervisor_idle_reader(struct daemon *daemon);
/*
 * Before the batch the reader is told the contractor's roster, where it does
 * not have it. snapshot stays the caller's. False: the reader has failed.
 */
bool supervisor_give(struct daemon *daemon, struct reader *reader,
		     const struct contractor *contractor,
		     const struct ipc_reader_batch *batch, struct text zone, int snapshot);

/* late.c: what a roster came late for is judged again ------------------------------ */

struct late {
	struct child child;            /* muster replay --late, or none */
	bool wanted;                   /* there may be something */
	int64_t since;                 /* ms; when it was last started */
	struct backoff backoff;
};
/* Start what is wanted and due, see to what has ended. */
void late_turn(struct daemon *daemon);
/* Something is wanted or under way. */
bool late_is_busy(const struct daemon *daemon);
/* ms of the next start, or INT64_MAX. */
int64_t late_next(const struct daemon *daemon);
void late_close(struct daemon *daemon);

/* feeds.c: whether systems deliver -------------------------------------------------- */

struct feeds {
	int64_t next;                  /* ms */
	bool asked;                    /* the writer is looking */
	bool looked;                   /* it has, once at least */
};

/* Look, if it is time. */
void feeds_turn(struct daemon *daemon);
/* Look now. */
void feeds_look(struct daemon *daemon);
/* ms of the next look, or INT64_MAX. */
int64_t feeds_next(struct daemon *daemon);
/* The writer has looked. */
void feeds_done(struct daemon *daemon);

/* daemon.c ---------------------------------------------------------------------------- */

struct daemon {
	const struct daemon_options *options;
	struct config config;
	struct spool *spool;
	int lock;
	int signals;
	struct office office;
	struct supervisor supervisor;
	struct intake intake;
	struct late late;
	struct work *work;
	size_t work_room;
	struct feeds feeds;
	uint64_t last_batch;
	bool stopping, stopping_now;
	bool announced;
	uint64_t done;
	bool shows_progress;
	struct err trouble;            /* the failure that was met last */
};

/* Before a line is logged: the line of progress goes. */
void daemon_progress_clear(const struct daemon *daemon);

#define TEXT_OF_STRUCT(thing) ((struct text){ (const char *)&(thing), sizeof(thing) })

#endif
