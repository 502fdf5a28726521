/// A number with a meaning: one stored `Double` in a base unit, with only the operators that make sense.
///
/// Units cost nothing at run time: each conforming type is a frozen struct with one stored number.
public protocol Quantity: Comparable, Hashable, Sendable, CustomStringConvertible {
  /// The number in the type's base unit (requests per second, bytes, a fraction, US dollars an hour, ...).
  var rawValue: Double { get }
  /// Makes a quantity of a number in the base unit.
  init(rawValue: Double)
  /// How the base unit is written behind a number: `"/s"`, `"B"`, `""`.
  static var symbol: String { get }
}

extension Quantity {
  @inlinable public static var zero: Self { Self(rawValue: 0) }
  @inlinable public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
  @inlinable public static func + (a: Self, b: Self) -> Self { Self(rawValue: a.rawValue + b.rawValue) }
  @inlinable public static func - (a: Self, b: Self) -> Self { Self(rawValue: a.rawValue - b.rawValue) }
  @inlinable public static prefix func - (a: Self) -> Self { Self(rawValue: -a.rawValue) }
  @inlinable public static func += (a: inout Self, b: Self) { a = a + b }
  @inlinable public static func -= (a: inout Self, b: Self) { a = a - b }
  @inlinable public static func * (a: Self, factor: Double) -> Self { Self(rawValue: a.rawValue * factor) }
  @inlinable public static func * (factor: Double, a: Self) -> Self { Self(rawValue: a.rawValue * factor) }
  @inlinable public static func / (a: Self, divisor: Double) -> Self { Self(rawValue: a.rawValue / divisor) }
  /// The ratio of two quantities of one kind: a bare number.
  @inlinable public static func / (a: Self, b: Self) -> Double { a.rawValue / b.rawValue }
  /// Whether the number is neither NaN nor infinite.
  @inlinable public var isFinite: Bool { rawValue.isFinite }
  /// The quantity as people write it, with three significant digits.
  public var description: String { formatted() }
}

/// Requests per second.
@frozen public struct RequestRate: Quantity {
  public let rawValue: Double
  @inlinable public init(rawValue: Double) { self.rawValue = rawValue }
  public static var symbol: String { "/s" }
  @inlinable public static func perSecond(_ value: Double) -> Self { Self(rawValue: value) }
  @inlinable public static func perMinute(_ value: Double) -> Self { Self(rawValue: value / 60) }
  @inlinable public static func perHour(_ value: Double) -> Self { Self(rawValue: value / 3600) }
  @inlinable public var perSecond: Double { rawValue }
  /// The number of requests in a span of time.
  @inlinable public static func * (rate: Self, time: Duration) -> Count {
    Count(rawValue: rate.rawValue * time.seconds)
  }
}

/// Tokens per second.
@frozen public struct TokenRate: Quantity {
  public let rawValue: Double
  @inlinable public init(rawValue: Double) { self.rawValue = rawValue }
  public static var symbol: String { " tok/s" }
  @inlinable public static func perSecond(_ value: Double) -> Self { Self(rawValue: value) }
  @inlinable public var perSecond: Double { rawValue }
  @inlinable public static func * (rate: Self, time: Duration) -> Count {
    Count(rawValue: rate.rawValue * time.seconds)
  }
}

/// An amount of things (requests, tokens, replica-hours): not necessarily whole.
@frozen public struct Count: Quantity, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
  public let rawValue: Double
  @inlinable public init(rawValue: Double) { self.rawValue = rawValue }
  @inlinable public init(floatLiteral value: Double) { rawValue = value }
  @inlinable public init(integerLiteral value: Int) { rawValue = Double(value) }
  @inlinable public init(_ value: Int) { rawValue = Double(value) }
  public static var symbol: String { "" }
  /// The mean rate of an amount over a span of time.
  @inlinable public static func / (count: Self, time: Duration) -> RequestRate {
    RequestRate(rawValue: count.rawValue / time.seconds)
  }
}

/// The busy share of a resource: 0 is idle, 1 is saturated; demand above capacity gives more than 1.
@frozen public struct Utilization: Quantity {
  public let rawValue: Double
  @inlinable public init(rawValue: Double) { self.rawValue = rawValue }
  public static var symbol: String { "%" }
  @inlinable public static func percent(_ value: Double) -> Self { Self(rawValue: value / 100) }
  @inlinable public static func fraction(_ value: Double) -> Self { Self(rawValue: value) }
  @inlinable public var percent: Double { rawValue * 100 }
  @inlinable public var fraction: Double { rawValue }
}

/// A share, a lift's excess, a discount, a probability: a number whose unit is one.
@frozen public struct Fraction: Quantity {
  public let rawValue: Double
  @inlinable public init(rawValue: Double) { self.rawValue = rawValue }
  public static var symbol: String { "%" }
  @inlinable public static func percent(_ value: Double) -> Self { Self(rawValue: value / 100) }
  @inlinable public var percent: Double { rawValue * 100 }
}

/// A factor: demand times a lift, peak over average.
@frozen public struct Factor: Quantity, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
  public let rawValue: Double
  @inlinable public init(rawValue: Double) { self.rawValue = rawValue }
  @inlinable public init(floatLiteral value: Double) { rawValue = value }
  @inlinable public init(integerLiteral value: Int) { rawValue = Double(value) }
  public static var symbol: String { "x" }
}

/// Bytes of memory or of data.
@frozen public struct Bytes: Quantity {
  public let rawValue: Double
  @inlinable public init(rawValue: Double) { self.rawValue = rawValue }
  public static var symbol: String { "B" }
  @inlinable public static func gibibytes(_ value: Double) -> Self { Self(rawValue: value * 1_073_741_824) }
  @inlinable public static func gigabytes(_ value: Double) -> Self { Self(rawValue: value * 1e9) }
  @inlinable public var gibibytes: Double { rawValue / 1_073_741_824 }
  @inlinable public var gigabytes: Double { rawValue / 1e9 }
}

/// Bytes per second: memory bandwidth, link speed.
@frozen public struct ByteRate: Quantity {
  public let rawValue: Double
  @inlinable public init(rawValue: Double) { self.rawValue = rawValue }
  public static var symbol: String { "B/s" }
  @inlinable public static func gigabytesPerSecond(_ value: Double) -> Self { Self(rawValue: value * 1e9) }
  @inlinable public static func * (rate: Self, time: Duration) -> Bytes {
    Bytes(rawValue: rate.rawValue * time.seconds)
  }
}

/// An amount of floating-point operations.
@frozen public struct FLOPs: Quantity {
  public let rawValue: Double
  @inlinable public init(rawValue: Double) { self.rawValue = rawValue }
  public static var symbol: String { "FLOP" }
}

/// Floating-point operations per second.
@frozen public struct FLOPRate: Quantity {
  public let rawValue: Double
  @inlinable public init(rawValue: Double) { self.rawValue = rawValue }
  public static var symbol: String { "FLOP/s" }
  @inlinable public static func teraPerSecond(_ value: Double) -> Self { Self(rawValue: value * 1e12) }
  @inlinable public static func * (rate: Self, time: Duration) -> FLOPs {
    FLOPs(rawValue: rate.rawValue * time.seconds)
  }
}

/// Electrical power.
@frozen public struct Power: Quantity {
  public let rawValue: Double
  @inlinable public init(rawValue: Double) { self.rawValue = rawValue }
  public static var symbol: String { "W" }
  @inlinable public static func watts(_ value: Double) -> Self { Self(rawValue: value) }
  @inlinable public static func kilowatts(_ value: Double) -> Self { Self(rawValue: value * 1e3) }
  @inlinable public var watts: Double { rawValue }
}

/// An amount of money, in US dollars unless ``Currency/current`` says otherwise.
@frozen public struct Money: Quantity {
  public let rawValue: Double
  @inlinable public init(rawValue: Double) { self.rawValue = rawValue }
  public static var symbol: String { "$" }
  @inlinable public static func dollars(_ value: Double) -> Self { Self(rawValue: value) }
  @inlinable public var dollars: Double { rawValue }
}

/// Money an hour. Only `Costs` multiplies hours by it, so that a thing has one price.
@frozen public struct HourlyPrice: Quantity {
  public let rawValue: Double
  @inlinable public init(rawValue: Double) { self.rawValue = rawValue }
  public static var symbol: String { "$/h" }
  @inlinable public static func dollarsPerHour(_ value: Double) -> Self { Self(rawValue: value) }
  @inlinable public var dollarsPerHour: Double { rawValue }
}
