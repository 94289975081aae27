/*
 * ipc: typed frames between the executables, over stream sockets made by
 * musterd in pairs. Floor 1: knows nothing of what the frames mean to their
 * receivers, only who may send what to whom, and how large it may be.
 *
 * A frame is a header and a payload in the machine's own byte order: both
 * ends run on one machine from one build. A receiver treats every sender as
 * hostile: ipc_receive() refuses unknown, misdirected and oversized frames;
 * whoever uses a payload checks what is in it.
 */
#ifndef IPC_IPC_H
#define IPC_IPC_H

#include "base/base.h"

enum ipc_process { IPC_DAEMON, IPC_READER, IPC_WRITER };

#define IPC_LARGEST ((size_t)16 * 1024 * 1024)

/* Texts in frames: NUL-terminated, padded with NUL. */
#define IPC_CODE 40        /* a contractor's code */
#define IPC_SYSTEM 72      /* a system's name */
#define IPC_FORMAT 24
#define IPC_NAME 256       /* a file's name */
#define IPC_DELIVERY 64    /* identity of a delivery */

#define IPC_VIOLATION 24   /* a violation's number */

struct ipc_reference {
	uint64_t batch;            /* musterd's number of a delivery in work */
};

struct ipc_feeds {
	int64_t now;               /* moment */
};
/* A system that has delivered, or a violation that was answered. */
#define IPC_WAITING 64
#define IPC_WAITING_MOST 100000u
struct ipc_waiting {
	int32_t contractor_id;
	uint32_t reserved;
	int64_t since;             /* moment; of a system, of any delivery */
	char name[IPC_WAITING];    /* of the system, or number of the violation */
};

struct ipc_reader_setup {
	struct hash_key name_key;
	uint64_t content_limit;    /* bytes of one uncompressed log */
	uint64_t ratio_limit;      /* uncompressed to compressed */
	uint32_t reject_limit;     /* rejects that are told one by one */
	uint32_t drop_user;        /* user to become before work, or 0 */
};

enum ipc_encoding { IPC_PLAIN, IPC_GZIP, IPC_ZSTD };

struct ipc_reader_batch {
	uint64_t batch;
	int64_t delivered;         /* moment */
	uint32_t encoding;
	uint32_t zone_length;
	int32_t contractor_id;     /* whose roster its events are joined to */
	uint8_t judge_only, reserved[3]; /* 1: only hits are asked for, and the names in them */
	int64_t roster;            /* its version; 0: there is none */
	char format[IPC_FORMAT];   /* of the log; or that of replies */
};
#define IPC_FORMAT_REPLY "(reply)"

/* A string, by its hash under the instance's name key. */
struct ipc_name {
	uint64_t id;
	uint32_t length;           /* bytes that follow */
	uint32_t reserved;
};
#define IPC_NAME_LONGEST 4096u     /* longer strings are cut to this */

struct ipc_event {
	int64_t time;
	uint64_t identity;         /* last bit set: the source's own, else a digest */
	uint64_t offset;
	uint64_t actor, object, host, address, session; /* names; 0: none */
	int64_t bytes;             /* -1: none */
	uint32_t line, length;
	uint8_t action, outcome, level, reserved[5];
};

struct ipc_hit {
	int64_t time;
	uint64_t offset;
	uint64_t subject;          /* name */
	uint32_t line, length;
	uint32_t rule;             /* index in DATA_RULES */
	uint8_t subject_kind;      /* enum sigma_subject */
	uint8_t level;
	uint8_t reserved[2];
};

/*
 * A hit of a rule that a correlation is about. The values by which it is
 * grouped follow as group_count names (uint64_t each), then as many struct
 * ipc_chained as fit into size: the same for correlations over that one.
 */
struct ipc_correlated {
	int64_t time;
	uint64_t identity, offset; /* as of the event */
	/* Hash of the value counted, a number's bits, or latitude and longitude
	 * in millionths of a degree; 0: none. */
	uint64_t value;
	uint32_t line, length;
	uint32_t rule;             /* the correlation: index in DATA_RULES */
	uint32_t size;             /* bytes that follow */
	uint16_t position;         /* of the event's rule among those of the correlation */
	uint16_t group_count;
	uint8_t level;
	uint8_t reserved[3];
};
/* If the correlation lower becomes true with this event, upper has a hit. */
struct ipc_chained {
	uint64_t value;
	uint32_t lower, upper;     /* indexes in DATA_RULES */
	uint32_t position;         /* of lower among the rules of upper */
	uint32_t group_count;      /* names that follow */
};
#define IPC_GROUP_MOST 16u         /* values that a correlation groups by */
#define IPC_CORRELATED_LONGEST 4096u

/* Numbers that records bear, one after the other. */
struct ipc_sequence {
	uint64_t first, last;      /* 1 ≤ first ≤ last */
};

struct ipc_reject {
	uint64_t line, offset;
	uint32_t length;           /* bytes of reason that follow */
	char code[28];
};

#define IPC_REFERENCE_KINDS 32u
struct ipc_end {
	uint64_t records, events, rejects;
	uint64_t content_bytes;
	int64_t first, last;       /* moments of events; MOMENT_NONE: no event */
	uint8_t content_sha256[32];
	/* An event of this batch may have come twice in it. */
	uint8_t maybe_repeated;
	uint8_t reserved[7];
	/* Events that a rule asked reference data about and that name what it has
	 * no row for, by kind (enum roster_kind); 0 where there is no roster. */
	uint64_t unknown[IPC_REFERENCE_KINDS];
};

struct ipc_fail {
	char code[32];             /* reason code of the refusal */
	char reason[224];
};

/* What a contractor answers to a notice. */
struct ipc_reply {
	char violation[IPC_VIOLATION];     /* as the reply names it, or "" */
	char answer[32];           /* one of the closed list, or APPEAL */
	uint32_t text_length;      /* bytes of UTF-8 that follow */
	uint32_t attachment_count; /* SHA-256 each, after the text */
};
#define IPC_REPLY_TEXT ((size_t)64 << 10)
#define IPC_REPLY_ATTACHMENTS ((size_t)64)

struct ipc_writer_setup {
	uint32_t reject_limit;
	uint32_t connection_length;
	uint32_t drop_user;        /* user to become once it is connected, or 0 */
	uint32_t reserved;
};

struct ipc_office {
	uint32_t outbox_hold;      /* seconds */
	uint32_t weekend;          /* bit n: day n of the week (0: Sunday) is no business day */
	/* Business days at most of the contractor's clocks, with all extensions. */
	uint32_t reply_longest, plan_longest;
	/* Section duties of muster.conf. */
	uint32_t inquiry_hours, initial_report_hours, final_report_days, audit_review_days;
	uint32_t clock_bound;      /* seconds */
	uint32_t reserved;
};

struct ipc_reader_number {
	uint32_t reader;
};

struct ipc_writer_batch {
	uint64_t batch;
	uint32_t reader;
	int32_t contractor_id, system_id;  /* system 0: not known (refusals) */
	uint32_t encoding;
	int64_t received;          /* moment */
	int64_t roster;            /* version that its events are joined to; 0: none */
	char contractor[IPC_CODE], system_name[IPC_SYSTEM];
	char delivery[IPC_DELIVERY], name[IPC_NAME];
	/* What a reply or an attachment is about, by its name; "": this is a log. */
	char violation[IPC_VIOLATION];
};

struct ipc_evidence {
	uint64_t batch;
	uint8_t sha256[32];
	uint64_t bytes;
};

/* A notice or a decision on its way to a contractor. */
struct ipc_letter {
	int64_t violation_id, sent;        /* sent: moment */
	int32_t contractor_id, act;
	uint32_t text_length;      /* of what follows, the rest is JSON */
	uint8_t written, reserved[3];
	char contractor[IPC_CODE];
	char name[IPC_NAME];       /* without ".txt" and ".json" */
};

struct ipc_instance {
	struct hash_key name_key;
};

struct ipc_system {
	int32_t contractor_id, system_id;
	uint8_t is_unsigned, reserved[3];
	uint32_t zone_length;
	char contractor[IPC_CODE], system_name[IPC_SYSTEM], format[IPC_FORMAT];
};

/* A piece of a contractor's roster; the pieces come in order. */
struct ipc_roster {
	int32_t contractor_id;
	uint32_t reserved;
	int64_t version;           /* > 0, and rises with every change */
	uint64_t size, offset;     /* of the whole; of this piece in it */
};
#define IPC_ROSTER_PIECE ((size_t)4 << 20)
#define IPC_ROSTER_LARGEST ((size_t)32 << 20)

enum ipc_outcome { IPC_ACCEPTED, IPC_ACCEPTED_WITH_REJECTS, IPC_REFUSED };
struct ipc_receipt {
	uint64_t batch;
	uint32_t outcome;
	uint32_t length;           /* bytes of text that follow */
};

/*
 * Why a delivery is refused as a whole: REFUSAL(identifier, code, meaning and
 * what to do). Codes stand in receipts; muster-spool(7) is made from the list.
 */
enum ipc_refusal {
#define REFUSAL(identifier, code, meaning) IPC_REFUSED_##identifier,
#include "ipc/refusals.def"
#undef REFUSAL
	IPC_REFUSAL_COUNT
};
struct ipc_refusal_description {
	const char *code, *meaning;
};
const struct ipc_refusal_description *ipc_refusal_describe(enum ipc_refusal refusal);
/* code and reason cut to their members' sizes. */
void ipc_fail_fill(struct ipc_fail *fail, enum ipc_refusal refusal, const char *format, ...)
	PRINTF_LIKE(3, 4);

enum ipc_message {
#define MESSAGE(identifier, number, from, to, largest, descriptor, meaning) \
	IPC_##identifier = number,
#include "ipc/messages.def"
#undef MESSAGE
};
const char *ipc_message_name(unsigned message);

/*
 * A channel: one end of a socket pair. Frames that could not be written at
 * once wait in a queue (at most queue_limit bytes) when the socket does not
 * block; a socket that blocks has no queue.
 */
struct ipc_channel;
/* Takes the descriptor. self: who we are; peer: who is at the other end. */
struct ipc_channel *ipc_channel_new(int fd, enum ipc_process self, enum ipc_process peer,
				    size_t queue_limit, struct err *err);
void ipc_channel_free(struct ipc_channel *channel);   /* closes; NULL is allowed */
int ipc_channel_fd(const struct ipc_channel *channel);
/* Something waits to be written: poll for POLLOUT and call ipc_flush(). */
bool ipc_channel_waiting(const struct ipc_channel *channel);

/*
 * Send one frame: payload in two pieces (either may be empty). descriptor:
 * -1 or a descriptor to hand over (it stays open here). 0 or negative.
 */
int ipc_send(struct ipc_channel *channel, enum ipc_message message, struct text head,
	     struct text tail, int descriptor, struct err *err) MUST_CHECK;
int ipc_flush(struct ipc_channel *channel, struct err *err) MUST_CHECK;

struct ipc_frame {
	enum ipc_message message;
	struct text payload;       /* valid until the next receive */
	int descriptor;            /* to be closed by the receiver, or -1 */
};
/*
 * Receive one frame. 1: *ret_frame is filled; 0: nothing whole is there yet
 * (only on a socket that does not block); ERR_PROTOCOL for a frame that may
 * not come; ERR_SYSTEM with number EPIPE when the peer has closed.
 */
int ipc_receive(struct ipc_channel *channel, struct ipc_frame *ret_frame, struct err *err)
	MUST_CHECK;
/* A whole frame is buffered already: receive before polling again. */
bool ipc_channel_ready(const struct ipc_channel *channel);

/* A pair of connected sockets, close-on-exec. */
int ipc_pair(int ret_fds[2], struct err *err) MUST_CHECK;

/* The text of a NUL-padded member, or TEXT_NONE where the NUL is missing. */
#define ipc_member(member) ipc_member_text((member), sizeof(member))
struct text ipc_member_text(const char *bytes, size_t size);

/* The fixed struct at the start of a payload, or NULL where it is too short. */
const void *ipc_payload(const struct ipc_frame *frame, size_t size);

#endif
