/* All keys: what they do, what else may do it, and a menu for whoever uses none. */
#include "desk/state.h"

static bool is_printable(int key)
{
	return key >= ' ' && key <= '~';
}

const struct desk_key_words *desk_keys(size_t *ret_count)
{
	static const struct desk_key_words keys[] = {
#define KEY(key, keys, does) { key, keys, does },
#include "desk/keys.def"
#undef KEY
	};

	*ret_count = ARRAY_LENGTH(keys);
	return keys;
}

static bool is_known(int key)
{
	size_t count;
	const struct desk_key_words *keys = desk_keys(&count);

	for (size_t i = 0; i < count; i++)
		if (keys[i].key == key)
			return true;
	return false;
}

void menu_init(struct desk *desk)
{
	for (int key = ' '; key <= '~'; key++)
		desk->does[key] = (char)key;
}

bool desk_key_set(struct desk *desk, int key, int does)
{
	if (!is_printable(key) || (does && !is_known(does)))
		return false;
	desk->does[key] = (char)does;
	desk->keys_changed = true;
	return true;
}

void desk_keys_off(struct desk *desk)
{
	desk->keys_off = true;
}

int menu_meaning(const struct desk *desk, int key)
{
	bool acts = desk->mode == MODE_LIST || desk->mode == MODE_DETAIL;

	if (!is_printable(key) || desk->mode == MODE_PROMPT)
		return key;
	if (desk->keys_off)
		return 0;
	return acts ? desk->does[key] : key;
}

void menu_keys_add(const struct desk *desk, const struct desk_key_words *words,
		   struct buffer *out)
{
	size_t before = out->length;

	if (!desk->keys_changed) {
		buffer_add_string(out, words->keys);
		return;
	}
	for (int key = ' '; key <= '~'; key++)
		if (desk->does[key] == words->key)
			buffer_add_format(out, key == ' ' ? "%sSpace" : "%s%c",
					  out->length > before ? ", " : "", key);
}

int menu_key(struct desk *desk, int key)
{
	size_t count, page = 5;
	const struct desk_key_words *keys = desk_keys(&count);

	switch (key) {
	case 'j':
	case DESK_KEY_DOWN:
		desk->menu_at += desk->menu_at + 1 < count;
		break;
	case 'k':
	case DESK_KEY_UP:
		desk->menu_at -= desk->menu_at > 0;
		break;
	case ' ':
	case DESK_KEY_PAGE_DOWN:
		desk->menu_at = desk->menu_at + page < count ? desk->menu_at + page : count - 1;
		break;
	case 'b':
	case DESK_KEY_PAGE_UP:
		desk->menu_at = desk->menu_at > page ? desk->menu_at - page : 0;
		break;
	case DESK_KEY_ENTER:
		desk->mode = MODE_LIST;
		return keys[desk->menu_at].key;
	default:
		desk->mode = MODE_LIST;
		break;
	}
	return 0;
}
