/// The candidate that `word` was probably meant to be, or nil where none is near: for "did you mean".
///
/// Nearness is the number of letters inserted, dropped, replaced or swapped with their neighbour (optimal string
/// alignment, the restricted Damerau-Levenshtein distance), letter case apart. At most 1 for words of up to three
/// letters, else the larger of 2 and a third of the word's length. The first of several equally near ones wins.
public func nearest(_ word: String, in candidates: [String]) -> String? {
  let letters = Array(word.lowercased().unicodeScalars)
  // A "word" of this length is no slip of the pen, and the distance is quadratic.
  guard !letters.isEmpty, letters.count <= 200 else { return nil }
  let limit = letters.count <= 3 ? 1 : max(2, letters.count / 3)
  var best: (distance: Int, candidate: String)?
  for candidate in candidates {
    let other = Array(candidate.lowercased().unicodeScalars)
    guard abs(other.count - letters.count) <= limit else { continue }
    let distance = alignmentDistance(letters, other)
    if distance <= limit, distance < other.count, distance < (best?.distance ?? .max) { best = (distance, candidate) }
  }
  return best?.candidate
}

/// The optimal string alignment distance, by three rolling rows of the usual table.
func alignmentDistance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
  if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
  var beforeLast = [Int](repeating: 0, count: b.count + 1)
  var last = Array(0...b.count)
  for i in 1...a.count {
    var row = [Int](repeating: i, count: b.count + 1)
    for j in 1...b.count {
      let substitution = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
      row[j] = min(last[j] + 1, row[j - 1] + 1, substitution)
      if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { row[j] = min(row[j], beforeLast[j - 2] + 1) }
    }
    (beforeLast, last) = (last, row)
  }
  return last[b.count]
}
