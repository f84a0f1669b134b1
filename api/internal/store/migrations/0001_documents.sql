CREATE TABLE documents (
    id            uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    title         text        NOT NULL CHECK (char_length(title) BETWEEN 1 AND 200),
    content       text        NOT NULL CHECK (char_length(content) BETWEEN 1 AND 100000),
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    -- A word in the title counts for more than the same word in the content.
    search_vector tsvector    NOT NULL GENERATED ALWAYS AS (
        setweight(to_tsvector('english', title), 'A') ||
        setweight(to_tsvector('english', content), 'B')
    ) STORED
);

CREATE INDEX documents_newest_first ON documents (created_at DESC, id DESC);

CREATE INDEX documents_search_vector ON documents USING gin (search_vector);
