extension Duration {
  /// The span in seconds. Durations are 128-bit integers: too slow for inner loops, exact at every door.
  @inlinable public var seconds: Double {
    let (whole, atto) = components
    return Double(whole) + Double(atto) * 1e-18
  }
  @inlinable public var hours: Double { seconds / 3600 }
  @inlinable public var days: Double { seconds / 86400 }
  /// The span in whole nanoseconds; spans of more than 292 years are clamped.
  @inlinable public var nanoseconds: Int64 {
    let (whole, atto) = components
    let (scaled, overflow) = whole.multipliedReportingOverflow(by: 1_000_000_000)
    if overflow { return whole < 0 ? .min : .max }
    let (sum, overflow2) = scaled.addingReportingOverflow(atto / 1_000_000_000)
    return overflow2 ? (whole < 0 ? .min : .max) : sum
  }
  @inlinable public static func minutes(_ value: Double) -> Duration { .seconds(value * 60) }
  @inlinable public static func hours(_ value: Double) -> Duration { .seconds(value * 3600) }
  @inlinable public static func days(_ value: Double) -> Duration { .seconds(value * 86400) }
  @inlinable public static func weeks(_ value: Double) -> Duration { .seconds(value * 604_800) }
}
