/** How often each word occurs in a text, whatever its case. */
export function countWords(text) {
  const counts = new Map();
  for (const word of text.toLowerCase().split(/\W+/)) {
    if (!word) continue;
    
  }
  return counts;
}

/** The words that occur most often, the most frequent first. */
export function mostFrequent(text, limit = 3) {
  const entries = [...countWords(text)];
  
  return entries.slice(0, limit).map(([word]) => word);
}
