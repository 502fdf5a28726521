/// A point in time: nanoseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
@frozen public struct Timestamp: Hashable, Comparable, Sendable {
  public let nanosecondsSinceEpoch: Int64
  @inlinable public init(nanosecondsSinceEpoch: Int64) { self.nanosecondsSinceEpoch = nanosecondsSinceEpoch }
  /// A point in time given in seconds since 1970; clamped to the representable range (years 1678 to 2262).
  @inlinable public init(secondsSinceEpoch seconds: Double) {
    let nanoseconds = seconds * 1e9
    if nanoseconds >= 9.2e18 {
      self.init(nanosecondsSinceEpoch: 9_200_000_000_000_000_000)
    } else if nanoseconds <= -9.2e18 || nanoseconds.isNaN {
      self.init(nanosecondsSinceEpoch: -9_200_000_000_000_000_000)
    } else {
      // Whole seconds are exact; a fraction is rounded to the nanosecond.
      let whole = seconds.rounded(.down)
      self.init(nanosecondsSinceEpoch: Int64(whole) * 1_000_000_000 + Int64(((seconds - whole) * 1e9).rounded()))
    }
  }
  @inlinable public var secondsSinceEpoch: Double {
    let (whole, part) = nanosecondsSinceEpoch.quotientAndRemainder(dividingBy: 1_000_000_000)
    return Double(whole) + Double(part) * 1e-9
  }
  @inlinable public static func < (a: Self, b: Self) -> Bool { a.nanosecondsSinceEpoch < b.nanosecondsSinceEpoch }
  @inlinable public static func + (time: Self, span: Duration) -> Self {
    let (sum, overflow) = time.nanosecondsSinceEpoch.addingReportingOverflow(span.nanoseconds)
    return Self(nanosecondsSinceEpoch: overflow ? (span < .zero ? .min : .max) : sum)
  }
  @inlinable public static func - (time: Self, span: Duration) -> Self { time + (.zero - span) }
  @inlinable public static func - (a: Self, b: Self) -> Duration {
    .nanoseconds(a.nanosecondsSinceEpoch) - .nanoseconds(b.nanosecondsSinceEpoch)
  }
}
