/* The accountability process for its manual page, from the lists of room casework. */
#include "muster/document.h"

#include <inttypes.h>

#include "casework/casework.h"

static const char *state_name(enum casework_state state)
{
	return casework_state_describe(state)->name;
}

static bool is_open(enum casework_state state)
{
	return casework_state_describe(state)->clock != CASEWORK_CLOCK_NONE;
}

static void begin_list(struct buffer *out)
{
	buffer_add_string(out, ".Bl -tag -width Ds\n");
}

static void end_list(struct buffer *out)
{
	buffer_add_string(out, ".El\n");
}

/* Where an action can be taken ----------------------------------------------------- */

enum scope {
	SCOPE_EVERYWHERE,      /* in every state, and to the same place */
	SCOPE_OPEN,            /* in every state that has a clock, and in no other */
	SCOPE_SOME,
};

static enum scope scope_of(enum casework_action action)
{
	struct casework_transition is;
	bool everywhere = true, open = true;

	for (int state = 0; state < CASEWORK_STATE_COUNT; state++) {
		bool can = casework_transition((enum casework_state)state, action, &is);

		everywhere = everywhere && can;
		open = open && can == is_open((enum casework_state)state);
	}
	return everywhere ? SCOPE_EVERYWHERE : open ? SCOPE_OPEN : SCOPE_SOME;
}

static const char *signature(enum casework_second second)
{
	static const char *const marks[] = {
		[CASEWORK_SECOND_NEVER] = "",
		[CASEWORK_SECOND_HIGH] = "  (2 from high)",
		[CASEWORK_SECOND_ALWAYS] = "  (2)",
		[CASEWORK_SECOND_BY_REASON] = "  (2 by reason)",
	};

	return marks[second];
}

/* muster-document process diagram: a tree of arrows for each state. */
static void print_diagram(struct buffer *out)
{
	static const char dashes[] = "-----------------";
	struct casework_transition is;

	buffer_add_string(out, ".Bd -literal\n");
	for (int from = 0; from < CASEWORK_STATE_COUNT; from++) {
		const struct casework_state_description *state =
			casework_state_describe((enum casework_state)from);

		buffer_add_format(out, "%s", state->name);
		if (state->clock == CASEWORK_CLOCK_NONE)
			buffer_add_string(out, "  [the case has ended]\n");
		else
			buffer_add_format(out, "  [clock %s, %s]\n",
					  casework_clock_describe(state->clock)->name,
					  strcmp(casework_clock_describe(state->clock)->party, "us") == 0 ?
						  "the office" : "the contractor");
		for (int action = 0; action < CASEWORK_ACTION_COUNT; action++) {
			const char *name = casework_action_describe((enum casework_action)action)->name;

			if (scope_of((enum casework_action)action) != SCOPE_SOME ||
			    !casework_transition((enum casework_state)from,
						 (enum casework_action)action, &is))
				continue;
			buffer_add_format(out, "   |-- %s %.*s> %s%s\n", name,
					  (int)(sizeof(dashes) - 1 - strlen(name)), dashes,
					  state_name(is.to), signature(is.second));
		}
	}
	buffer_add_string(out, ".Ed\n");
}

/* Actions that are the same in all states, or in all that are open. */
static void print_scope(struct buffer *out, enum scope scope)
{
	struct casework_transition is;

	begin_list(out);
	for (int action = 0; action < CASEWORK_ACTION_COUNT; action++) {
		const struct casework_action_description *describes =
			casework_action_describe((enum casework_action)action);

		if (scope_of((enum casework_action)action) != scope ||
		    !casework_transition(CASEWORK_STATE_FLAGGED, (enum casework_action)action, &is))
			continue;
		buffer_add_format(out, ".It Cm %s", describes->name);
		if (is.to != CASEWORK_STATE_FLAGGED)
			buffer_add_format(out, " No -> %s", state_name(is.to));
		buffer_add_byte(out, '\n');
		document_sentence(out, describes->summary);
	}
	end_list(out);
}

static void print_everywhere(struct buffer *out)
{
	print_scope(out, SCOPE_EVERYWHERE);
}

static void print_open(struct buffer *out)
{
	print_scope(out, SCOPE_OPEN);
}

/* The lists --------------------------------------------------------------------------- */

static void print_roles(struct buffer *out)
{
	begin_list(out);
	for (int i = 0; i < CASEWORK_ROLE_COUNT; i++) {
		const struct casework_role_description *is =
			casework_role_describe((enum casework_role)i);

		buffer_add_format(out, ".It Cm %s Pq Li %s\n", is->name, is->postgres);
		document_sentence(out, is->meaning);
	}
	end_list(out);
}

static void print_states(struct buffer *out)
{
	static const char *const scores[] = {
		[CASEWORK_COUNTS_OPEN] = "Counts in the indicated score.",
		[CASEWORK_COUNTS_SUSTAINED] = "Counts in both scores.",
		[CASEWORK_COUNTS_CORRECTED] = "Counts in no score: it is corrected.",
		[CASEWORK_COUNTS_DISMISSED] = "Counts in no score.",
	};

	begin_list(out);
	for (int i = 0; i < CASEWORK_STATE_COUNT; i++) {
		const struct casework_state_description *is =
			casework_state_describe((enum casework_state)i);

		buffer_add_format(out, ".It Cm %s\n", is->name);
		document_sentence(out, is->meaning);
		buffer_add_format(out, "%s\n", scores[is->counts]);
	}
	end_list(out);
}

static void print_amount(struct buffer *out, int64_t amount, const char *unit)
{
	buffer_add_format(out, "%" PRId64 " %s%s", amount, unit, amount == 1 ? "" : "s");
}

static void print_clocks(struct buffer *out)
{
	begin_list(out);
	for (int i = 0; i < CASEWORK_CLOCK_COUNT; i++) {
		const struct casework_clock_description *is =
			casework_clock_describe((enum casework_clock)i);

		buffer_add_format(out, ".It Cm %s Pq %s, ", is->name,
				  strcmp(is->party, "us") == 0 ? "the office" : "the contractor");
		print_amount(out, is->amount, is->unit);
		if (is->amount_high != is->amount) {
			buffer_add_string(out, "; from severity high up ");
			print_amount(out, is->amount_high, is->unit);
		}
		buffer_add_byte(out, '\n');
		document_sentence(out, is->meaning);
		if (is->longest == 0)
			continue;
		buffer_add_string(out, "With all extensions it lasts ");
		print_amount(out, is->longest, is->unit);
		buffer_add_string(out, " at most");
		if (*is->setting)
			buffer_add_format(out, ", which the setting\n.Va process.%s\nsets", is->setting);
		buffer_add_string(out, ".\n");
	}
	end_list(out);
}

/* "text until [rule]" as a sentence. */
static void print_needs(struct buffer *out, const char *needs)
{
	static const char *const begins[] = { "Needs", "May be given" };

	for (int optional = 0; optional < 2; optional++) {
		struct text rest = text_of(needs);
		bool any = false;

		while (rest.length) {
			struct text word = text_split(&rest, ' ');

			if ((word.bytes[0] == '[') != optional)
				continue;
			if (optional)
				word = text_head(text_skip(word, 1), word.length - 2);
			buffer_add_format(out, "%s\n.Ar %.*s", any ? " ," : begins[optional],
					  TEXT_PRINT(word));
			any = true;
		}
		if (any)
			buffer_add_string(out, " .\n");
	}
}

static void print_actions(struct buffer *out)
{
	begin_list(out);
	for (int i = 0; i < CASEWORK_ACTION_COUNT; i++) {
		const struct casework_action_description *is =
			casework_action_describe((enum casework_action)i);

		buffer_add_format(out, ".It Cm %s\n", is->name);
		document_sentence(out, is->summary);
		if (is->reasons != CASEWORK_LIST_NONE)
			buffer_add_format(out, "Takes a reason, one of %s.\n",
					  casework_list_name(is->reasons));
		print_needs(out, is->needs);
	}
	end_list(out);
}

static void print_arguments(struct buffer *out)
{
	begin_list(out);
	for (int i = 0; i < CASEWORK_ARGUMENT_COUNT; i++) {
		const struct casework_argument_description *is =
			casework_argument_describe((enum casework_argument)i);

		buffer_add_format(out, ".It Ar %s\n", is->name);
		document_sentence(out, is->meaning);
		if (*is->reason)
			buffer_add_format(out, "It must be given with the reason %s.\n", is->reason);
	}
	end_list(out);
}

static void print_reasons(struct buffer *out)
{
	static const char *const seconds[] = {
		[CASEWORK_SECOND_NEVER] = "",
		[CASEWORK_SECOND_HIGH] = "From severity high up, a second person signs.\n",
		[CASEWORK_SECOND_ALWAYS] = "A second person signs.\n",
		[CASEWORK_SECOND_BY_REASON] = "",
	};
	size_t count;
	const struct casework_reason *reasons = casework_reasons(&count);

	for (int list = CASEWORK_LIST_NONE + 1; list < CASEWORK_LIST_COUNT; list++) {
		buffer_add_format(out, ".Ss Reasons: %s\n",
				  casework_list_name((enum casework_list)list));
		begin_list(out);
		for (size_t i = 0; i < count; i++) {
			if ((int)reasons[i].list != list)
				continue;
			buffer_add_format(out, ".It Cm %s\n", reasons[i].code);
			document_sentence(out, reasons[i].meaning);
			if (reasons[i].text)
				buffer_add_string(out, "Words are needed besides.\n");
			buffer_add_string(out, seconds[reasons[i].second]);
			if (!reasons[i].told)
				buffer_add_string(out, "The contractor is not told.\n");
		}
		end_list(out);
	}
}

static void print_who(struct buffer *out, const struct casework_transition *is)
{
	bool any = false;

	for (int role = 0; role < CASEWORK_ROLE_COUNT; role++)
		if (is->who >> role & 1) {
			buffer_add_format(out, "%s%s", any ? ", " : "",
					  casework_role_describe((enum casework_role)role)->name);
			any = true;
		}
	switch (is->by) {
	case CASEWORK_BY_OTHER:
		buffer_add_string(out, "; nobody who decided, or signed a decision, in this case");
		break;
	case CASEWORK_BY_SECOND:
		buffer_add_string(out, "; not who did the act in question");
		break;
	case CASEWORK_BY_ACTOR:
		buffer_add_string(out, "; only who did the act in question");
		break;
	case CASEWORK_BY_ANYBODY:
	case CASEWORK_BY_COUNT:
		break;
	}
	buffer_add_byte(out, '\n');
}

/* Who may take which action: states with the same answer together. */
static void print_permissions(struct buffer *out)
{
	begin_list(out);
	for (int i = 0; i < CASEWORK_ACTION_COUNT; i++) {
		struct casework_transition first = { 0 }, is;
		bool done[CASEWORK_STATE_COUNT] = { false };

		buffer_add_format(out, ".It Cm %s\n",
				  casework_action_describe((enum casework_action)i)->name);
		for (int state = 0, parts = 0; state < CASEWORK_STATE_COUNT; state++) {
			if (done[state] || !casework_transition((enum casework_state)state,
								(enum casework_action)i, &first))
				continue;
			if (parts++)
				buffer_add_string(out, ".br\n");
			for (int other = state; other < CASEWORK_STATE_COUNT; other++)
				if (casework_transition((enum casework_state)other,
							(enum casework_action)i, &is) &&
				    is.who == first.who && is.by == first.by)
					done[other] = true;
			print_who(out, &first);
		}
	}
	end_list(out);
}

static void print_sanctions(struct buffer *out)
{
	size_t count;
	const struct casework_sanction *sanctions = casework_sanctions(&count);

	buffer_add_string(out, ".Bl -enum\n");
	for (size_t i = 0; i < count; i++) {
		buffer_add_format(out, ".It\n.Cm %s :\n%s.\nEntitled by ", sanctions[i].code,
				  sanctions[i].title);
		document_prose(out, sanctions[i].entitles);
		out->length--;
		buffer_add_string(out, ".\n");
	}
	end_list(out);
}

static void print_duties(struct buffer *out)
{
	begin_list(out);
	for (int i = 0; i < CASEWORK_DUTY_COUNT; i++) {
		const struct casework_duty_description *is =
			casework_duty_describe((enum casework_duty)i);

		buffer_add_format(out, ".It Cm %s Pq ", is->name);
		print_amount(out, is->amount, casework_unit_name(is->unit));
		buffer_add_format(out, " from Cm %s\n", casework_moment_describe(is->base)->name);
		document_sentence(out, is->meaning);
		if (is->met != CASEWORK_MOMENT_NONE)
			buffer_add_format(out, "Met by\n.Cm %s .\n",
					  casework_moment_describe(is->met)->name);
		if (*is->setting)
			buffer_add_format(out, "The setting\n.Va duties.%s\nsets the time.\n",
					  is->setting);
		buffer_add_format(out, ".Pq %s\n", is->citation);
	}
	end_list(out);
}

static void print_moments(struct buffer *out)
{
	buffer_add_string(out, ".Bl -tag -width Ds -compact\n");
	for (int i = 0; i < CASEWORK_MOMENT_COUNT; i++) {
		const struct casework_moment_description *is =
			casework_moment_describe((enum casework_moment)i);

		buffer_add_format(out, ".It Cm %s\n", is->name);
		document_sentence(out, is->meaning);
	}
	end_list(out);
}

static const struct {
	const char *list;
	void (*print)(struct buffer *out);
} lists[] = {
	{ "diagram", print_diagram },	  { "everywhere", print_everywhere },
	{ "open", print_open },		  { "roles", print_roles },
	{ "states", print_states },	  { "clocks", print_clocks },
	{ "actions", print_actions },	  { "arguments", print_arguments },
	{ "reasons", print_reasons },	  { "permissions", print_permissions },
	{ "sanctions", print_sanctions }, { "duties", print_duties },
	{ "moments", print_moments },
};

bool document_process(struct buffer *out, const char *list)
{
	for (size_t i = 0; i < ARRAY_LENGTH(lists); i++)
		if (strcmp(lists[i].list, list) == 0) {
			lists[i].print(out);
			return true;
		}
	return false;
}
