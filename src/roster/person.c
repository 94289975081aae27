/* Persons and accounts: dates that must have come or not, and lists of who may. */
#include "roster/join.h"

#define NOTICE (30 * DAY)

/* A day that must have come; "none" never comes. */
static enum answer day_has_come(struct roster_join *join, int column)
{
	int64_t day = row_number(join_subject(join, PERSON), column);
	return day == VALUE_UNKNOWN ? NOT_KNOWN : answer_of(day <= join->event->time);
}

/* It counts for the whole of its day, and of that day a year later. */
static enum answer role_trained(struct roster_join *join)
{
	int64_t day = row_number(join_subject(join, PERSON), ROSTER_PERSON_ROLE_TRAINING);
	int64_t time = join->event->time;
	if (day == VALUE_UNKNOWN)
		return NOT_KNOWN;
	return answer_of(day <= time && day >= join_year_before(time - time % DAY));
}

/* The last day, or an eligibility that ended with it. */
static enum answer departed(struct roster_join *join)
{
	const struct row *person = join_subject(join, PERSON);
	struct text status = person ? person->fields[ROSTER_PERSON_STATUS] : TEXT_NONE;
	int64_t last = row_number(person, ROSTER_PERSON_DEPARTURE);
	if (text_equal(status, TEXT("departed")))
		return YES;
	return last == VALUE_UNKNOWN ? NOT_KNOWN : answer_of(join->event->time >= last + DAY);
}

static enum answer leaving(struct roster_join *join)
{
	int64_t last = row_number(join_subject(join, PERSON), ROSTER_PERSON_DEPARTURE);
	return last == VALUE_UNKNOWN ? NOT_KNOWN
				     : answer_of(join->event->time >= last - NOTICE);
}

/* Whether the account itself is on a list, whatever else its holder may. */
static enum answer on_list(struct roster_join *join, struct text function)
{
	const struct table *roles = &join->roster->tables[ROSTER_ROLE];
	const struct event *event = join->event;
	char room[KEY_ROOM];
	if (event->actor.length == 0)
		return NOT_KNOWN;
	if (table_find(&roles->rows, join_pair_key(event->actor, function, room), event->time))
		return YES;
	return table_list_kept(roles, function, event->time) ? NO : NOT_KNOWN;
}

static bool has_account(const struct node *holders, struct text person, int64_t time)
{
	for (; holders; holders = holders->next)
		if (row_holds(holders->row, time) &&
		    text_equal(holders->row->fields[ROSTER_PERSON_ID], person))
			return true;
	return false;
}

/* Did it pass to the person from another who had it less than a year before? */
static enum answer reissued(struct roster_join *join)
{
	const struct row *person = join_subject(join, PERSON);
	const struct node *holders = table_all(&join->roster->accounts, join->event->actor);
	int64_t time = join->event->time, since = join_year_before(time);
	if (!person)
		return NOT_KNOWN;
	for (const struct node *node = holders; node; node = node->next) {
		struct text holder = node->row->fields[ROSTER_PERSON_ID];
		if (node->row->until <= time && node->row->until > since &&
		    !text_equal(holder, person->fields[ROSTER_PERSON_ID]) &&
		    !has_account(holders, holder, time))
			return YES;
	}
	return NO;
}

enum answer join_credential_own(struct roster_join *join)
{
	const struct row *person = join_subject(join, PERSON);
	struct text shown = join_member(join->event, join->credential_name);
	if (shown.length == 0)
		shown = join_member(join->event, join->key_name);
	const struct node *holders = table_all(&join->roster->credentials, shown);
	bool is_held = false;
	if (!person)
		return NOT_KNOWN;
	for (; holders; holders = holders->next) {
		if (!row_holds(holders->row, join->event->time))
			continue;
		if (text_equal(holders->row->fields[ROSTER_PERSON_ID],
			       person->fields[ROSTER_PERSON_ID]))
			return YES;
		is_held = true;
	}
	return is_held ? NO : NOT_KNOWN;
}

enum answer join_person_answer(struct roster_join *join, enum event_joined which)
{
	switch ((int)which) {
	case EVENT_J_PERSON_LIMITED:
		return row_flag(join_subject(join, PERSON), ROSTER_PERSON_LIMITED);
	case EVENT_J_PERSON_SCREENED:
		return day_has_come(join, ROSTER_PERSON_SCREENING);
	case EVENT_J_PERSON_ROLE_TRAINED:
		return role_trained(join);
	case EVENT_J_PERSON_LEAVING:
		return leaving(join);
	case EVENT_J_PERSON_DEPARTED:
		return departed(join);
	case EVENT_J_PERSON_ADMITTED:
		return join_listed(join, ROSTER_ADMISSION, join_place(join));
	case EVENT_J_PERSON_MAY_AUDIT:
		return join_may(join, TEXT("audit"));
	case EVENT_J_PERSON_MAY_CONNECT:
		return on_list(join, TEXT("remote"));
	case EVENT_J_PERSON_MAY_GRANT:
		return join_may(join, TEXT("grant"));
	case EVENT_J_PERSON_MAY_MAINTAIN:
		return on_list(join, TEXT("maintenance"));
	case EVENT_J_ACCOUNT_ADMINISTRATIVE:
		return on_list(join, TEXT("administration"));
	default:
		return reissued(join);
	}
}
