/// The paths of an ensemble's members from several origins, in one block of memory: by member, by origin, by lead.
struct MemberPaths {
  let origins: Int
  let steps: Int
  private(set) var members = 0
  private var values: [Double] = []
  private var isKnown: [Bool] = []

  /// - Parameter most: members there may be.
  init(origins: Int, steps: Int, most: Int) {
    self.origins = origins
    self.steps = steps
    values.reserveCapacity(most * origins * steps)
    isKnown.reserveCapacity(most * origins)
  }

  /// Adds a member.
  ///
  /// - Parameter write: writes the path from the origin of a number, or says that there is none.
  /// - Returns: false where a path has a step that is no number: then nothing is added.
  mutating func add(_ write: (Int, UnsafeMutableBufferPointer<Double>) -> Bool) -> Bool {
    let start = values.count
    values.append(contentsOf: repeatElement(0, count: origins * steps))
    let isSound = values.withUnsafeMutableBufferPointer { values in
      for o in 0..<origins {
        let path = UnsafeMutableBufferPointer(rebasing: values[start + o * steps..<start + (o + 1) * steps])
        let known = write(o, path)
        isKnown.append(known)
        if known, !MemberPaths.isFinite(UnsafeBufferPointer(path)) { return false }
        if !known { path.update(repeating: 0) }
      }
      return true
    }
    guard isSound else {
      values.removeLast(values.count - start)
      isKnown.removeLast(isKnown.count - members * origins)
      return false
    }
    members += 1
    return true
  }

  /// Takes the last member out again.
  mutating func removeLast() {
    precondition(members > 0, "there is a member to take out")
    members -= 1
    values.removeLast(origins * steps)
    isKnown.removeLast(origins)
  }

  func isKnown(_ member: Int, _ origin: Int) -> Bool { isKnown[member * origins + origin] }

  /// The paths of all members from one origin: `body` is given the block, and where in it a member's path begins.
  func withPaths<T>(from origin: Int, _ body: (UnsafeBufferPointer<Double>, [(member: Int, start: Int)]) -> T) -> T {
    var rows: [(member: Int, start: Int)] = []
    rows.reserveCapacity(members)
    for m in 0..<members where isKnown[m * origins + origin] { rows.append((m, (m * origins + origin) * steps)) }
    return values.withUnsafeBufferPointer { body($0, rows) }
  }

  /// Each member's largest step from an origin; NaN where it has no path.
  func tops(from origin: Int) -> [Double] {
    var result = [Double](repeating: .nan, count: members)
    withPaths(from: origin) { block, rows in
      for (member, start) in rows { result[member] = MemberPaths.top(block, start..<start + steps) }
    }
    return result
  }

  /// The largest of a run of numbers; without one NaN.
  static func top(_ values: UnsafeBufferPointer<Double>, _ range: Range<Int>) -> Double {
    guard !range.isEmpty else { return .nan }
    var (a, b) = (values[range.lowerBound], values[range.lowerBound])
    var i = range.lowerBound
    while i + 1 < range.upperBound {
      a = values[i] > a ? values[i] : a
      b = values[i + 1] > b ? values[i + 1] : b
      i += 2
    }
    if i < range.upperBound { a = values[i] > a ? values[i] : a }
    return a > b ? a : b
  }

  /// Whether all are numbers: an exponent of ones carries into the sign.
  private static func isFinite(_ values: UnsafeBufferPointer<Double>) -> Bool {
    var carried: UInt64 = 0
    for v in values { carried |= (v.bitPattern & 0x7FF0_0000_0000_0000) &+ (1 << 52) }
    return carried >> 63 == 0
  }
}
