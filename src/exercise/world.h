/*
 * The invented contractors: their people, assets, machines and habits. All
 * of it follows from the seed and the contractor's number alone.
 */
#ifndef EXERCISE_WORLD_H
#define EXERCISE_WORLD_H

#include "base/base.h"

enum conduct {
	CONDUCT_MIXED,
	CONDUCT_BAD,   /* breaks every rule, and again */
	CONDUCT_CLEAN, /* breaks none */
};

struct person {
	struct text account;
	struct text name;
	struct text badge;
	uint32_t uid;	/* from 1001 */
	uint32_t shift; /* hour its nine hours begin, local time */
};

struct asset {
	struct text path;
	const char *marking;
};

struct contractor {
	struct text code; /* directory name */
	struct text name;
	struct text programme;
	struct text folder; /* programme in lower case */
	struct text prefix; /* of host names, lower case */
	uint32_t number;    /* from 0 */
	uint32_t days;	    /* of the exercise */
	uint32_t weight;    /* share of the ordinary work */
	enum conduct conduct;
	uint32_t appetite; /* of a MIXED one for misconduct */

	struct person *people; /* administrators, the other staff, the cast of plants */
	uint32_t person_count; /* of the staff */
	uint32_t cast_count;
	uint32_t admin_count;
	struct asset *assets; /* CUI, then SECRET, then unclassified */
	uint32_t asset_count;
	uint32_t cui_count;
	uint32_t protected_count; /* CUI and SECRET */

	int zone_minutes;   /* east of UTC, of the shifts */
	bool local_time;    /* ndjson is written with that offset */
	bool enriched;	    /* auditd writes names after 0x1D */
	bool node;	    /* auditd writes node= */
	bool modern_syslog; /* RFC 5424; else RFC 3164 in UTC */
};

#define WORLD_CONTRACTORS_MAX 500
#define WORLD_SHIFT_HOURS 9

/*
 * A contractor with about staff people and assets assets (both at least 8),
 * in arena's memory. 0 or a negative error.
 */
int world_contractor(struct arena *arena, uint64_t seed, uint32_t number, uint32_t staff,
		     uint32_t assets, struct contractor *ret, struct err *err) MUST_CHECK;
/* People who do what is planted and nothing else, after the staff. */
int world_hire_cast(struct arena *arena, uint64_t seed, struct contractor *contractor,
		    uint32_t count, struct err *err) MUST_CHECK;
/*
 * count contractors, one of them bad, one (of two or more) clean; the others
 * differ in appetite. In arena's memory.
 */
int world_contractors(struct arena *arena, uint64_t seed, uint32_t count,
		      struct contractor **ret, struct err *err) MUST_CHECK;

#endif
