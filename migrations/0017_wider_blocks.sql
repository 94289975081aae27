-- Two blocks of hits on a page instead of four: half the rows, half the keys.
ALTER TABLE hit_block SET (toast_tuple_target = 4080);
