/*
 * Time zones as TZif files describe them (RFC 8536), versions 1 to 4, with
 * the rule in the footer for the years after the table. Pure: the bytes
 * come from the caller, and the machine's own zone plays no part.
 */
#ifndef BASE_ZONE_H
#define BASE_ZONE_H

#include "base/error.h"
#include "base/text.h"

/* When a footer's daylight saving time begins or ends in a year. */
struct zone_change {
	enum { ZONE_JULIAN, ZONE_DAY, ZONE_WEEKDAY } kind;
	int month, week, day;      /* JULIAN (1..365) and DAY (0..365) use day alone */
	int32_t time;              /* seconds after midnight, may be negative */
};

/* A footer: POSIX TZ as RFC 8536, section 3.3.1 extends it. */
struct zone_rule {
	int32_t standard;          /* seconds east of UTC */
	int32_t saving;            /* the same in daylight saving time */
	bool saves;
	struct zone_change begin, end;
};

struct zone {
	const unsigned char *times;    /* count big-endian transition times */
	const unsigned char *indexes;  /* count local time types */
	const unsigned char *types;    /* type_count of six bytes each */
	uint32_t count, type_count;
	unsigned width;            /* bytes of a time: 4 or 8 */
	bool has_rule;
	struct zone_rule rule;
};

/*
 * Read a TZif file. ret refers to its bytes, which must live as long.
 * ERR_SYNTAX when it is none, or is inconsistent.
 */
int zone_read(struct text tzif, struct zone *ret, struct err *err) MUST_CHECK;

/*
 * The moment (calendar.h) at which clocks in the zone showed local, a moment
 * counted as if the zone were UTC. Where they showed it twice, the first
 * time; where they skipped it, the moment as far after the jump as local is
 * after its begin.
 */
int64_t zone_to_utc(const struct zone *zone, int64_t local);
/* The same, but where they showed it twice, the last time: as PostgreSQL has it. */
int64_t zone_to_utc_last(const struct zone *zone, int64_t local);

/* What clocks in the zone show at a moment, counted in the same way. */
int64_t zone_to_local(const struct zone *zone, int64_t moment);

#endif
