import Glibc
import Quantities

/// How many requests a second are wanted, over the time of a test: straight pieces, one behind the other.
public struct RateProfile: Sendable, Hashable {
  /// A stretch in which the rate goes straight from one value to another.
  public struct Piece: Sendable, Hashable {
    /// Seconds.
    public var length: Double
    /// Requests a second at its start and at its end.
    public var from: Double
    public var to: Double

    public init(length: Double, from: Double, to: Double) {
      self.length = max(0, length.isFinite ? length : 0)
      self.from = max(0, from.isFinite ? from : 0)
      self.to = max(0, to.isFinite ? to : 0)
    }
    /// Arrivals in it.
    var arrivals: Double { length * (from + to) / 2 }
  }

  public var pieces: [Piece]
  public init(pieces: [Piece]) { self.pieces = pieces.filter { $0.length > 0 } }

  /// The same rate all the time.
  public static func constant(_ rate: RequestRate, for length: Duration) -> RateProfile {
    RateProfile(pieces: [Piece(length: length.seconds, from: rate.perSecond, to: rate.perSecond)])
  }
  /// A straight climb or fall.
  public static func ramp(from: RequestRate, to: RequestRate, for length: Duration) -> RateProfile {
    RateProfile(pieces: [Piece(length: length.seconds, from: from.perSecond, to: to.perSecond)])
  }
  /// Rates one behind the other, each for the same time.
  public static func steps(_ rates: [RequestRate], each length: Duration) -> RateProfile {
    RateProfile(pieces: rates.map { Piece(length: length.seconds, from: $0.perSecond, to: $0.perSecond) })
  }
  /// A base rate that jumps to a peak for a while and back.
  public static func spike(
    base: RequestRate, peak: RequestRate, after: Duration, lasting: Duration, for length: Duration
  ) -> RateProfile {
    let before = min(after.seconds, length.seconds)
    let at = min(lasting.seconds, length.seconds - before)
    return RateProfile(pieces: [
      Piece(length: before, from: base.perSecond, to: base.perSecond),
      Piece(length: at, from: peak.perSecond, to: peak.perSecond),
      Piece(length: length.seconds - before - at, from: base.perSecond, to: base.perSecond),
    ])
  }
  /// A wave around a mean, as a day has. It is laid out in 128 straight pieces a period, which stay within 0.03 % of
  /// the amplitude; in fewer where more than 100,000 pieces would be needed.
  public static func sine(
    mean: RequestRate, amplitude: RequestRate, period: Duration, for length: Duration
  ) -> RateProfile {
    let total = length.seconds
    guard period > .zero, total > 0 else { return .constant(mean, for: length) }
    let count = max(1, min(100_000, Int(min(1e6, (128 * total / period.seconds).rounded(.up)))))
    func rate(_ t: Double) -> Double { mean.perSecond + amplitude.perSecond * sin(2 * .pi * t / period.seconds) }
    let width = total / Double(count)
    return RateProfile(
      pieces: (0..<count).map { i in
        Piece(length: width, from: rate(Double(i) * width), to: rate(Double(i + 1) * width))
      })
  }

  /// The rate of a series, straight between the middles of its steps; gaps are bridged.
  /// - Parameters:
  ///   - speed: 24 plays a day in an hour. The rates stay as they are: fewer requests are sent in all.
  ///   - scale: what the rates are multiplied by: 0.1 sends a tenth.
  public init(_ series: TimeSeries<RequestRate>, speed: Double = 1, scale: Double = 1) {
    let values = series.interpolated().rawValues.map { $0.isFinite && scale.isFinite ? $0 * max(0, scale) : 0 }
    let step = series.step.seconds / (speed > 0 && speed.isFinite ? speed : 1)
    guard let first = values.first, let last = values.last, step > 0 else {
      self.init(pieces: [])
      return
    }
    var pieces = [Piece(length: step / 2, from: first, to: first)]
    for (a, b) in zip(values, values.dropFirst()) { pieces.append(Piece(length: step, from: a, to: b)) }
    pieces.append(Piece(length: step / 2, from: last, to: last))
    self.init(pieces: pieces)
  }

  /// The same course at so many times the rate.
  public func scaled(_ factor: Double) -> RateProfile {
    RateProfile(pieces: pieces.map { Piece(length: $0.length, from: $0.from * factor, to: $0.to * factor) })
  }

  /// The whole time.
  public var length: Duration { .seconds(pieces.reduce(0) { $0 + $1.length }) }
  /// Arrivals in the whole time, on average.
  public var arrivals: Double { pieces.reduce(0) { $0 + $1.arrivals } }
  /// The highest rate.
  public var peak: RequestRate { .perSecond(pieces.reduce(0) { max($0, $1.from, $1.to) }) }
}
