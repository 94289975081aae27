/* Acts as they are put together: the action, its reason, what it needs besides. */
#include "desk/state.h"

static struct desk_wish nothing(void)
{
	return (struct desk_wish){ .kind = DESK_NOTHING };
}

static void order_reset(struct desk *desk)
{
	desk->order.many = desk_selected(desk) > 0;
	desk->order.wide = false;
	desk->order.reason = NULL;
	desk->order.needed = 0;
	desk->order.has_note = false;
	buffer_reset(&desk->order.note);
	buffer_reset(&desk->order.data);
	desk->choice_count = desk->chosen = 0;
	desk->undoing = false;
}

/* Arguments that are not in brackets, and those that the reason asks for. */
static unsigned needs_of(enum casework_action action, const char *reason)
{
	const struct casework_reason *given =
		reason ? casework_reason_find(text_of(reason)) : NULL;
	struct text rest = text_of(casework_action_describe(action)->needs);
	unsigned needed = 0;

	while (rest.length) {
		struct text word = text_split(&rest, ' ');

		for (unsigned i = 0; i < CASEWORK_ARGUMENT_COUNT; i++)
			if (text_equal(word, text_of(casework_argument_describe(i)->name)))
				needed |= 1u << i;
	}
	for (unsigned i = 0; given && i < CASEWORK_ARGUMENT_COUNT; i++)
		if (strcmp(casework_argument_describe(i)->reason, given->code) == 0)
			needed |= 1u << i;
	if (given && given->text)
		needed |= 1u << CASEWORK_ARGUMENT_NOTE;
	return needed;
}

static void order_add(struct desk *desk, enum casework_argument argument, const char *value)
{
	struct buffer *data = &desk->order.data;

	if (argument == CASEWORK_ARGUMENT_NOTE) {
		buffer_reset(&desk->order.note);
		buffer_add_string(&desk->order.note, value);
		desk->order.has_note = true;
		return;
	}
	if (data->length)
		data->length--;                /* the brace */
	buffer_add_byte(data, data->length ? ',' : '{');
	json_quote(data, text_of(casework_argument_describe(argument)->name));
	buffer_add_byte(data, ':');
	/* Those that take no value are there or not. */
	if (*casework_argument_describe(argument)->placeholder)
		json_quote(data, text_of(value));
	else
		buffer_add_string(data, "true");
	buffer_add_byte(data, '}');
}

static struct desk_wish order_wish(struct desk *desk)
{
	const struct desk_row *row = desk_current(desk);
	struct order *order = &desk->order;
	struct desk_wish wish = {
		.kind = order->many || order->wide ? DESK_PREVIEW : DESK_ACT,
		.action = order->action,
		.reason = order->reason,
		.note = order->has_note ? order->note.data : NULL,
		.data = order->data.length ? order->data.data : "{}",
		.filter = desk->all_selected ? desk->filter : NULL,
	};

	desk->target_count = 0;
	if (!order->many) {
		wish.target = desk_target_of(row);
		if (order->wide) {
			desk->targets[desk->target_count++] = wish.target;
			wish.targets = desk->targets;
			wish.target_count = desk->target_count;
		}
		return wish;
	}
	for (size_t i = 0; i < desk->row_count; i++)
		if (desk->rows[i].selected)
			desk->targets[desk->target_count++] = desk_target_of(&desk->rows[i]);
	if (!desk->all_selected) {
		wish.targets = desk->targets;
		wish.target_count = desk->target_count;
	}
	return wish;
}

/* A line for what is still needed, else the wish. */
struct desk_wish order_go_on(struct desk *desk)
{
	if (desk->mode == MODE_PROMPT && desk->typed == TYPED_ARGUMENT) {
		order_add(desk, desk->argument, desk->words);
		desk->order.needed &= ~(1u << desk->argument);
	}
	desk->mode = MODE_LIST;
	for (unsigned i = 0; i < CASEWORK_ARGUMENT_COUNT; i++)
		if (desk->order.needed & 1u << i) {
			desk->argument = (enum casework_argument)i;
			prompt_open(desk, TYPED_ARGUMENT, "");
			return nothing();
		}
	return order_wish(desk);
}

static struct desk_wish order_take(struct desk *desk, enum casework_action action,
				   const char *reason)
{
	desk->order.action = action;
	desk->order.reason = reason;
	desk->order.needed = needs_of(action, reason);
	return order_go_on(desk);
}

static void choice_add(struct desk *desk, int key, enum casework_action action,
		       const char *reason, const char *words)
{
	if (desk->choice_count < CHOICES_MOST)
		desk->choices[desk->choice_count++] =
			(struct choice){ key, action, reason, words };
	desk->chosen = desk->choice_count;
	desk->mode = MODE_PALETTE;
}

struct desk_wish order_begin(struct desk *desk, enum casework_action action)
{
	order_reset(desk);
	/* What is about to leave the building is asked for with two keys. */
	if (action == CASEWORK_ACTION_NOTICE && !desk->order.many) {
		choice_add(desk, 'n', action, NULL, casework_action_describe(action)->summary);
		desk->chosen = 0;
		return nothing();
	}
	return order_take(desk, action, NULL);
}

static int key_of_reason(const char *code)
{
	static const struct {
		int key;
		const char *code;
	} picks[] = {
#define PICK(key, code) { key, code },
#include "desk/palette.def"
#undef PICK
	};

	for (size_t i = 0; i < ARRAY_LENGTH(picks); i++)
		if (strcmp(picks[i].code, code) == 0)
			return picks[i].key;
	return 0;
}

static void choices_add(struct desk *desk, enum casework_action action)
{
	size_t count;
	const struct casework_reason *reasons = casework_reasons(&count);

	for (size_t i = 0; i < count; i++)
		if (reasons[i].list == casework_action_describe(action)->reasons)
			choice_add(desk, key_of_reason(reasons[i].code), action, reasons[i].code,
				   reasons[i].meaning);
}

/* The state of what an act is about: of many, the first. */
static enum casework_state state_in_question(const struct desk *desk)
{
	for (size_t i = 0; i < desk->row_count; i++)
		if (desk->rows[i].selected)
			return desk->rows[i].state;
	return desk_current(desk)->state;
}

void order_open_decisions(struct desk *desk)
{
	static const enum casework_action decisions[] = {
		CASEWORK_ACTION_SUSTAIN, CASEWORK_ACTION_UNSUBSTANTIATE, CASEWORK_ACTION_DISMISS,
		CASEWORK_ACTION_UPHOLD,	 CASEWORK_ACTION_OVERTURN,	 CASEWORK_ACTION_REMAND,
	};
	enum casework_state state = state_in_question(desk);
	struct casework_transition transition;

	order_reset(desk);
	for (size_t i = 0; i < ARRAY_LENGTH(decisions); i++)
		if (casework_transition(state, decisions[i], &transition))
			choices_add(desk, decisions[i]);
	if (!desk->choice_count)
		desk_status(desk, true, "What is %s is not decided now.",
			    casework_state_describe(state)->name);
}

void order_open_suppression(struct desk *desk)
{
	struct casework_transition transition;

	order_reset(desk);
	if (!casework_transition(state_in_question(desk), CASEWORK_ACTION_SUPPRESS, &transition)) {
		desk_status(desk, true, "What is %s is not suppressed.",
			    casework_state_describe(state_in_question(desk))->name);
		return;
	}
	choices_add(desk, CASEWORK_ACTION_SUPPRESS);
	/* With others like it only from one: that scope is looked at by itself. */
	desk->order.wide = !desk->order.many;
	if (desk->order.wide) {
		order_add(desk, CASEWORK_ARGUMENT_RULE, "");
		order_add(desk, CASEWORK_ARGUMENT_SUBJECT, "");
	}
}

void order_open_signature(struct desk *desk)
{
	const struct desk_row *row = desk_current(desk);

	order_reset(desk);
	desk->order.many = false;
	if (!row->pending) {
		desk_status(desk, true, "%s waits for nobody's signature.", row->number);
		return;
	}
	choice_add(desk, 'a', CASEWORK_ACTION_APPROVE, NULL,
		   casework_action_describe(CASEWORK_ACTION_APPROVE)->summary);
	choice_add(desk, 'r', CASEWORK_ACTION_REFUSE, NULL,
		   casework_action_describe(CASEWORK_ACTION_REFUSE)->summary);
}

struct desk_wish order_key(struct desk *desk, int key)
{
	switch (key) {
	case DESK_KEY_ESCAPE:
		desk_order_done(desk);
		desk_status(desk, false, "Nothing was done.");
		return nothing();
	case DESK_KEY_DOWN:
		desk->chosen = desk->chosen + 1 < desk->choice_count ? desk->chosen + 1 : 0;
		return nothing();
	case DESK_KEY_UP:
		desk->chosen = desk->chosen && desk->chosen < desk->choice_count ?
				       desk->chosen - 1 :
				       desk->choice_count - 1;
		return nothing();
	case DESK_KEY_ENTER:
		if (desk->chosen < desk->choice_count)
			return order_take(desk, desk->choices[desk->chosen].action,
					  desk->choices[desk->chosen].reason);
		desk_status(desk, true, "First a letter of the palette, then Enter.");
		return nothing();
	}
	for (size_t i = 0; i < desk->choice_count; i++)
		if (desk->choices[i].key == key) {
			desk->chosen = i;
			return nothing();
		}
	desk->chosen = desk->choice_count;
	return nothing();
}

struct desk_wish order_undo(struct desk *desk)
{
	struct desk_wish wish = { .action = CASEWORK_ACTION_UNDO, .data = "{}" };

	order_reset(desk);
	if (desk->undo_count == 0) {
		desk_status(desk, true, "You have done nothing here that could be taken back.");
		return nothing();
	}
	desk->undoing = true;
	desk->order.action = CASEWORK_ACTION_UNDO;
	wish.kind = desk->undo[desk->undo_count - 1].many ? DESK_PREVIEW : DESK_ACT;
	wish.target = desk->undo[desk->undo_count - 1].target;
	return wish;
}
