/// How far apart two words are, for "Did you mean ...?".
enum EditDistance {
  /// The optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours, each 1
  /// (Damerau 1964, restricted so that no letter is edited twice). O(nm).
  static func between(_ a: String, _ b: String) -> Int {
    let a = Array(a)
    let b = Array(b)
    if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
    var beforeLast = [Int](repeating: 0, count: b.count + 1)
    var last = Array(0...b.count)
    for i in 1...a.count {
      var row = [Int](repeating: i, count: b.count + 1)
      for j in 1...b.count {
        let change = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
        row[j] = min(change, last[j] + 1, row[j - 1] + 1)
        if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
          row[j] = min(row[j], beforeLast[j - 2] + 1)
        }
      }
      (beforeLast, last) = (last, row)
    }
    return last[b.count]
  }

  /// The candidate that was probably meant: the nearest within a limit that grows with the word, else the only one
  /// that the word begins.
  static func nearest(to word: String, among candidates: [String]) -> String? {
    // 1 for up to three letters: at 2, `sse` would be offered `size`. 2 covers a swap and a slip.
    // Words past 64 letters are no typo, and the distance is quadratic.
    guard !word.isEmpty, word.count <= 64 else { return nil }
    let limit = word.count <= 3 ? 1 : 2
    let lowered = word.lowercased()
    var best: (candidate: String, distance: Int)?
    for candidate in candidates where abs(candidate.count - word.count) <= limit {
      let distance = between(lowered, candidate.lowercased())
      if distance <= limit, distance < (best?.distance ?? .max) { best = (candidate, distance) }
    }
    if let best { return best.candidate }
    guard word.count >= 3 else { return nil }
    let begun = candidates.filter { $0.lowercased().hasPrefix(lowered) }
    return begun.count == 1 ? begun[0] : nil
  }
}
