/* A line that is typed: a filter, words for the record, a count. */
#include "desk/state.h"

void prompt_open(struct desk *desk, enum typed typed, const char *words)
{
	desk->mode = MODE_PROMPT;
	desk->typed = typed;
	if (words != desk->words)
		snprintf(desk->words, sizeof(desk->words), "%s", words);
	desk->words_length = strlen(desk->words);
}

void prompt_label(const struct desk *desk, struct buffer *out)
{
	const struct casework_argument_description *argument;

	switch (desk->typed) {
	case TYPED_FILTER:
		buffer_add_string(out, "filter: ");
		break;
	case TYPED_COUNT:
		buffer_add_string(out, "how many are they? ");
		break;
	case TYPED_ARGUMENT:
		argument = casework_argument_describe(desk->argument);
		buffer_add_format(out, "%s (%s): ", argument->name, argument->meaning);
		break;
	}
}

/* One code point in UTF-8. */
static void add_character(struct desk *desk, uint32_t c)
{
	char bytes[4];
	size_t length = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	bytes[0] = (char)(length == 1 ? c : (0xf00u >> length | c >> (6 * (length - 1))));
	for (size_t i = 1; i < length; i++)
		bytes[i] = (char)(0x80 | (c >> (6 * (length - 1 - i)) & 0x3f));
	if (text_utf8_valid((struct text){ bytes, length }) != length ||
	    desk->words_length + length >= sizeof(desk->words))
		return;
	memcpy(desk->words + desk->words_length, bytes, length);
	desk->words_length += length;
	desk->words[desk->words_length] = '\0';
}

static void take_character(struct desk *desk)
{
	while (desk->words_length &&
	       (desk->words[--desk->words_length] & 0xc0) == 0x80)
		;
	desk->words[desk->words_length] = '\0';
}

static struct desk_wish commit(struct desk *desk)
{
	struct desk_wish wish = { .kind = DESK_NOTHING };

	switch (desk->typed) {
	case TYPED_FILTER:
		desk->mode = MODE_LIST;
		wish.kind = DESK_RELOAD;
		wish.filter = desk->words;
		return wish;
	case TYPED_COUNT:
		if (!text_to_i64(text_of(desk->words), &wish.expect) ||
		    wish.expect != desk->preview_count) {
			desk_status(desk, true, "That is not how many they are.");
			return wish;
		}
		desk->mode = MODE_PREVIEW;
		wish.kind = DESK_DO;
		return wish;
	case TYPED_ARGUMENT:
		if (text_trim(text_of(desk->words)).length)
			return order_go_on(desk);
		desk_status(desk, true, "It cannot be done without.");
		return wish;
	}
	return wish;
}

struct desk_wish prompt_key(struct desk *desk, int key)
{
	struct desk_wish wish = { .kind = DESK_NOTHING };

	switch (key) {
	case DESK_KEY_ENTER:
		return commit(desk);
	case DESK_KEY_ESCAPE:
		desk_order_done(desk);
		desk_status(desk, false, "Nothing was done.");
		return wish;
	case DESK_KEY_BACKSPACE:
	case '\b':
		take_character(desk);
		return wish;
	case 'u' & 0x1f:
		desk->words[desk->words_length = 0] = '\0';
		return wish;
	}
	if (key >= ' ' && key < DESK_KEY_UP)
		add_character(desk, (uint32_t)key);
	return wish;
}
