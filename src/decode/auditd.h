/* An audit event on its way: private to auditd*.c. */
#ifndef DECODE_AUDITD_H
#define DECODE_AUDITD_H

#include "decode/decoder.h"

enum auditd_field {
	AUDITD_NO_FIELD,
#define FIELD(identifier, name, form) AUDITD_##identifier,
#include "decode/auditd_fields.def"
#undef FIELD
	AUDITD_FIELD_COUNT
};
extern const struct text auditd_field_names[AUDITD_FIELD_COUNT - 1];

/* What stands before the fields of a line, as written. */
struct auditd_header {
	struct text node, type;
	struct text id;            /* "seconds.milliseconds:serial" */
	struct text body;
	int64_t time;
};

enum auditd_header_state {
	AUDITD_HEADER_GOOD,
	AUDITD_HEADER_NONE,        /* no type, or no msg=audit(...) */
	AUDITD_HEADER_EMPTY,       /* "type=NAME msg=?": a record that says it is none */
	AUDITD_HEADER_TIME,        /* a moment beyond the calendar */
};
enum auditd_header_state auditd_header_read(struct text line, struct auditd_header *ret);

/* A PATH record: what it names and how it was met. */
struct auditd_path {
	struct text name, nametype;
};

/*
 * What the records of one event say together: the first value of each known
 * field that is not absent, but for those of PATH records.
 */
struct auditd_facts {
	struct text values[AUDITD_FIELD_COUNT];
	struct text type;          /* of the first record that has an action of its own */
	bool system_call;          /* there is a SYSCALL record */
	enum event_action action;  /* by type */
	enum auditd_field object;  /* by type */
	struct auditd_path path;   /* the most telling */
};

/* Records being read into the parts of one event. */
struct auditd_reader {
	struct parts *parts;
	struct known *known;
	struct arena *scratch;     /* decoded values */
	struct buffer joined;      /* a long argument whose pieces are being joined */
	struct text joined_name;
	struct auditd_facts *facts;
	uint32_t previous;         /* last name in known */
	struct text type;          /* of the record at hand */
	bool inner;                /* inside msg='...': does not speak for outer fields */
	bool failed;               /* too many fields, or no room to decode them */
};

/* Open a part and read a record's line into it. False over a limit. */
bool auditd_record_begin(struct auditd_reader *reader,
			 const struct auditd_header *header);
/* One more line of the same part: an EXECVE that goes on. */
void auditd_record_continue(struct auditd_reader *reader,
			    const struct auditd_header *header);
void auditd_record_end(struct auditd_reader *reader);

/* The event's normalised values from what its records say. */
void auditd_event_understand(struct event *event, const struct auditd_facts *facts,
			     struct arena *scratch);
/* Take notice of a record's type, and of a PATH when it is complete. */
void auditd_facts_type(struct auditd_facts *facts, struct text type);
void auditd_facts_path(struct auditd_facts *facts, const struct auditd_path *path);
/* "openat" for "c000003e" and "257"; empty where it is not known. */
struct text auditd_system_call_name(struct text arch, struct text number);

#endif
