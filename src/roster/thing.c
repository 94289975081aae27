/* Objects, hosts, media and destinations, and what is approved by its name. */
#include "roster/join.h"

#define DRAFT_MOST (180 * DAY)

/* A draft has 180 days until it must be in the accounts: 32 CFR 117.15(e)(2). */
static enum answer accounted(struct roster_join *join)
{
	const struct row *object = join_subject(join, OBJECT);
	struct text serial = object ? object->fields[ROSTER_ASSET_SERIAL] : TEXT_NONE;
	int64_t drafted = row_number(object, ROSTER_ASSET_DRAFTED);
	if (serial.length > 0 && !text_equal_nocase(serial, TEXT("none")))
		return YES;
	if (drafted != VALUE_UNKNOWN)
		return answer_of(join->event->time < drafted + DRAFT_MOST + DAY);
	return serial.length > 0 ? NO : NOT_KNOWN;
}

/* It counts for the whole of its day, and of that day a year later. */
static enum answer of_the_last_year(const struct roster_join *join, int64_t day)
{
	int64_t time = join->event->time;
	if (day == VALUE_UNKNOWN)
		return NOT_KNOWN;
	return answer_of(day <= time && day >= join_year_before(time - time % DAY));
}

static enum answer medium_permitted(struct roster_join *join)
{
	const struct row *medium = join_subject(join, MEDIUM);
	const struct row *person = join_subject(join, PERSON);
	if (!medium || !person || medium->fields[ROSTER_MEDIUM_USERS].length == 0)
		return NOT_KNOWN;
	return answer_of(value_list_has(medium->fields[ROSTER_MEDIUM_USERS],
					person->fields[ROSTER_PERSON_ID]));
}

/* On the list and not refused there; unknown where no such list is kept. */
static enum answer name_listed(struct roster_join *join, struct text name, struct text list)
{
	const struct table *lists = &join->roster->tables[ROSTER_LISTED];
	int64_t time = join->event->time;
	char room[KEY_ROOM];
	if (name.length == 0 || !table_list_kept(lists, list, time))
		return NOT_KNOWN;
	const struct row *row =
		table_find(&lists->rows, join_pair_key(name, list, room), time);
	return answer_of(row && row_flag(row, ROSTER_LISTED_APPROVED) != NO);
}

/* Where something goes that the host may hold and the destination may not. */
static enum answer destination_lower(struct roster_join *join)
{
	int64_t host = row_number(join_subject(join, HOST), ROSTER_APPROVAL_LEVEL);
	int64_t destination =
		row_number(join_subject(join, DESTINATION), ROSTER_DESTINATION_LEVEL);
	if (host == VALUE_UNKNOWN || destination == VALUE_UNKNOWN)
		return NOT_KNOWN;
	return answer_of(destination < host);
}

/* auditd says "exe" for the program of a call. */
static struct text program(const struct roster_join *join)
{
	struct text name = join_member(join->event, join->program_name);
	return name.length > 0 ? name : join_member(join->event, join->exe_name);
}

enum answer join_thing_answer(struct roster_join *join, enum event_joined which)
{
	const struct event *event = join->event;
	switch ((int)which) {
	case EVENT_J_OBJECT_ACCOUNTED:
		return accounted(join);
	case EVENT_J_OBJECT_INVENTORIED:
		return of_the_last_year(join, row_number(join_subject(join, OBJECT),
							 ROSTER_ASSET_INVENTORIED));
	case EVENT_J_OBJECT_RELEASABLE:
		return row_flag(join_subject(join, OBJECT), ROSTER_ASSET_RELEASE);
	case EVENT_J_HOST_ENCRYPTED:
		return row_flag(join_subject(join, HOST), ROSTER_APPROVAL_ENCRYPTED);
	case EVENT_J_HOST_LOGGING_REVIEWED:
		return of_the_last_year(join, row_number(join_subject(join, HOST),
							 ROSTER_APPROVAL_LOGGING_REVIEWED));
	case EVENT_J_MEDIUM_HOLDS:
		return join_suffices(join, row_number(join_subject(join, MEDIUM),
						      ROSTER_MEDIUM_LEVEL));
	case EVENT_J_MEDIUM_PERMITTED:
		return medium_permitted(join);
	case EVENT_J_DESTINATION_HOLDS:
		return join_suffices(join, row_number(join_subject(join, DESTINATION),
						      ROSTER_DESTINATION_LEVEL));
	case EVENT_J_DESTINATION_OUTSIDE_US:
		return row_flag(join_subject(join, DESTINATION), ROSTER_DESTINATION_OUTSIDE_US);
	case EVENT_J_DESTINATION_LOWER:
		return destination_lower(join);
	case EVENT_J_CREDENTIAL_OWN:
		return join_credential_own(join);
	case EVENT_J_PROGRAM_LISTED:
		return name_listed(join, program(join), TEXT("program"));
	case EVENT_J_GATEWAY_LISTED:
		return name_listed(join, join_member(event, join->gateway_name),
				   TEXT("gateway"));
	case EVENT_J_NETWORK_LISTED:
		return name_listed(join, join_member(event, join->network_name),
				   TEXT("network"));
	default:
		return name_listed(join, join_member(event, join->device_name), TEXT("device"));
	}
}
