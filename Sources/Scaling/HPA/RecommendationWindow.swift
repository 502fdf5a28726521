/// The smallest or largest recommendation of a sliding span of time, in constant time a step.
///
/// The controller keeps a list and overwrites slots that are too old for any window; what such a slot held can
/// never count again, so a queue that keeps only the candidates gives the same answers.
struct RecommendationWindow: Sendable {
  enum Extreme { case smallest, largest }
  private struct Entry {
    var time: Int64
    var value: Int
  }
  private let extreme: Extreme
  /// Nanoseconds.
  let span: Int64
  /// Whether an entry exactly one span old still counts.
  private let includesEdge: Bool
  private var entries: [Entry]
  private var head = 0
  private(set) var count = 0

  init(_ extreme: Extreme, span: Int64, includesEdge: Bool) {
    self.extreme = extreme
    self.span = span
    self.includesEdge = includesEdge
    entries = Array(repeating: Entry(time: 0, value: 0), count: 32)
  }

  /// The extreme of what is remembered, which may be too old to count by now.
  var first: Int { count > 0 ? entries[head].value : .min }

  /// The extreme of what lies in the window at `now`, with the time it was recommended, or nil where it is empty.
  /// Entries too old are forgotten; `now` never decreases.
  @inline(__always)
  mutating func current(at now: Int64) -> (value: Int, time: Int64)? {
    let mask = entries.count &- 1
    while count > 0 {
      let front = entries[head]
      let age = now &- front.time
      if age < span || (includesEdge && age == span) { return (front.value, front.time) }
      head = (head &+ 1) & mask
      count &-= 1
    }
    return nil
  }

  @inline(__always)
  mutating func record(_ value: Int, at now: Int64) {
    if span <= 0, !includesEdge { return }
    var mask = entries.count &- 1
    while count > 0 {
      let back = entries[(head &+ count &- 1) & mask].value
      guard extreme == .largest ? back <= value : back >= value else { break }
      count &-= 1
    }
    if count == entries.count {
      grow()
      mask = entries.count &- 1
    }
    entries[(head &+ count) & mask] = Entry(time: now, value: value)
    count &+= 1
  }

  private mutating func grow() {
    let mask = entries.count - 1
    let ordered = (0..<count).map { entries[(head + $0) & mask] }
    entries = ordered + Array(repeating: Entry(time: 0, value: 0), count: entries.count)
    head = 0
  }
}
