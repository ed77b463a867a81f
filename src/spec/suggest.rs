//! "Did you mean": the nearest of the words that would have been right.

/// The candidate nearest to `word`, if one is near enough to have been meant.
pub(crate) fn closest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let word: String = word.chars().take(80).collect::<String>().to_lowercase();
    candidates
        .into_iter()
        .map(|c| (strsim::damerau_levenshtein(&word, c), c))
        .filter(|(distance, c)| *distance <= (c.len().max(word.len()) / 3).max(1))
        // min_by_key keeps the first of equals, so the schema's order decides.
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, c)| c)
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn near_words_are_found_and_far_ones_are_not() {
        let words = ["image_units", "image_pieces", "joint_units"];
        assert_eq!(closest("image_piece", words), Some("image_pieces"));
        assert_eq!(closest("Image_Units", words), Some("image_units"));
        assert_eq!(closest("momentum", words), None);
        assert_eq!(closest("", words), None);
    }
}
