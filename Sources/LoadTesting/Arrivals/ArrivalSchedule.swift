import Glibc
import Quantities
import Traffic

/// When requests shall be sent: a list of times that is settled before the test begins, by rates and a seed alone.
///
/// The times are computed as they are asked for, so that the longest and fastest schedule needs no memory, and any two
/// walks over it give the same times.
public struct ArrivalSchedule: Sendable, Sequence {
  /// How arrivals are spaced at a given rate.
  public enum Spacing: Sendable, Hashable {
    /// Evenly: the next one when the rate's integral has grown by one.
    case constant
    /// As independent users come: exponential gaps, whose coefficient of variation is 1.
    case poisson
    /// Gamma gaps of this shape: below 1 they come in bursts, above 1 evener than Poisson. The coefficient of
    /// variation is `1 / shape.squareRoot()`.
    case gamma(shape: Double)

    /// As a workload has it. The coefficient of variation of a gamma distribution is `1 / shape.squareRoot()`.
    public init(_ process: ArrivalProcess) {
      switch process {
      case .fluid: self = .constant
      case .poisson: self = .poisson
      case .gamma(let variation): self = .gamma(shape: 1 / (variation * variation))
      // Gamma gaps scatter as much over long times where their squared variation is the limit of the dispersion.
      case .modulated(let process): self = .gamma(shape: 1 / process.dispersion)
      }
    }
  }

  enum Source: Sendable {
    case profile(RateProfile, Spacing, seed: UInt64)
    /// Nanoseconds from the start, rising.
    case times([Int64])
  }
  let source: Source
  /// The time that the schedule covers.
  public let length: Duration
  /// Which of the arrivals are this generator's, where several share the schedule.
  public private(set) var shard = Shard.whole

  public init(_ profile: RateProfile, spacing: Spacing = .constant, seed: UInt64 = 1) {
    source = .profile(profile, spacing, seed: seed)
    length = profile.length
  }

  /// The arrivals of a workload: its rates over time, spaced as its users come. The same workload that a world simulates.
  /// - Parameters:
  ///   - speed: 24 plays a day in an hour. The rates stay as they are: fewer requests are sent in all.
  ///   - scale: what the rates are multiplied by: 0.1 sends a tenth.
  public init(_ workload: Workload, speed: Double = 1, scale: Double = 1, seed: UInt64 = 1) {
    self.init(
      RateProfile(workload.series, speed: speed, scale: scale), spacing: Spacing(workload.arrivals), seed: seed)
  }

  /// The arrivals of a recording, at its own spacing.
  /// - Parameters:
  ///   - timestamps: in any order; the earliest becomes the start.
  ///   - speed: 2 plays twice as fast.
  public init(timestamps: [Timestamp], speed: Double = 1) {
    let factor = speed > 0 && speed.isFinite ? 1 / speed : 1
    let sorted = timestamps.map(\.nanosecondsSinceEpoch).sorted()
    let first = sorted.first ?? 0
    let times = sorted.map { Int64((Double($0 &- first) * factor).rounded()) }
    source = .times(times)
    length = .nanoseconds((times.last ?? -1) + 1)
  }

  /// The part of this schedule that one of several generators sends: of all arrivals in their order, every n-th. The
  /// parts of all together are the whole, and each has its share of every second.
  public func sharded(_ shard: Shard) -> ArrivalSchedule {
    var result = self
    result.shard = shard
    return result
  }

  /// The same for the same schedule, whatever the shard: FNV-1a over rates, spacing, seed and times.
  public var fingerprint: String {
    var hash = OutcomeBuffer.hashStart
    func add(_ word: UInt64) {
      withUnsafeBytes(of: word.littleEndian) { bytes in
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
      }
    }
    add(UInt64(bitPattern: length.nanoseconds))
    switch source {
    case .profile(let profile, let spacing, let seed):
      for piece in profile.pieces { for value in [piece.length, piece.from, piece.to] { add(value.bitPattern) } }
      switch spacing {
      case .constant: add(0)
      case .poisson: add(1)
      case .gamma(let shape): add(shape.bitPattern)
      }
      // An even schedule is the same for every seed.
      if spacing != .constant { add(seed) }
    case .times(let times): for time in times { add(UInt64(bitPattern: time)) }
    }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// Arrivals that may be expected: exact for recordings, else the integral of the rate.
  public var expectedCount: Double {
    switch source {
    case .profile(let profile, _, _): profile.arrivals / Double(shard.count)
    case .times(let times): Double((times.count + shard.count - shard.number) / shard.count)
    }
  }
  /// The highest rate that is asked for; for a recording the most arrivals in one second of it. That of the shard,
  /// where this is one.
  public var peak: RequestRate { wholePeak / Double(shard.count) }

  private var wholePeak: RequestRate {
    switch source {
    case .profile(let profile, _, _): return profile.peak
    case .times(let times):
      var most = 0
      var count = 0
      var second: Int64 = -1
      for time in times {
        count = time / 1_000_000_000 == second ? count + 1 : 1
        second = time / 1_000_000_000
        most = Swift.max(most, count)
      }
      return .perSecond(Double(most))
    }
  }

  public func makeIterator() -> Iterator { Iterator(self) }

  /// Walks over the times, in nanoseconds from the start.
  public struct Iterator: IteratorProtocol {
    private var pieces: [RateProfile.Piece] = []
    private var times: [Int64] = []
    private let spacing: Spacing
    private var random: RandomStream
    /// The next arrival's place in the integral of the rate, counted from the current piece's start.
    private var target = 0.0
    /// Arrivals counted so far, for even spacing: sums of ones are exact, sums of gaps are not.
    private var index = 0
    private var piece = RateProfile.Piece(length: 0, from: 0, to: 0)
    private var pieceArrivals = 0.0
    private var nextPiece = 0
    /// Seconds to the current piece's start, and the integral up to there.
    private var pieceStart = 0.0
    private var integral = 0.0
    private let end: Int64
    /// Of the arrivals in their order, the first that is this generator's and how many are the others' between two.
    private var skip: Int
    private let others: Int

    init(_ schedule: ArrivalSchedule) {
      end = schedule.length.nanoseconds
      skip = schedule.shard.number - 1
      others = schedule.shard.count - 1
      switch schedule.source {
      case .profile(let profile, let spacing, let seed):
        pieces = profile.pieces
        self.spacing = spacing
        random = RandomStream(seed: seed)
        if spacing != .constant { target = gap() }
      case .times(let times):
        self.times = times
        spacing = .constant
        random = RandomStream(seed: 0)
      }
    }

    private mutating func gap() -> Double {
      switch spacing {
      case .constant: 1
      case .poisson: random.exponential(mean: 1)
      case .gamma(let shape): random.gamma(shape: shape, scale: 1 / shape)
      }
    }

    public mutating func next() -> Int64? {
      while skip > 0 {
        skip -= 1
        guard nextOfAll() != nil else { return nil }
      }
      skip = others
      return nextOfAll()
    }

    private mutating func nextOfAll() -> Int64? {
      if !times.isEmpty {
        guard index < times.count else { return nil }
        index += 1
        return times[index - 1]
      }
      while true {
        let place = spacing == .constant ? Double(index) - integral : target - integral
        if place < pieceArrivals {
          let seconds = pieceStart + Self.time(of: place, in: piece)
          let nanoseconds = Int64((seconds * 1e9).rounded())
          guard nanoseconds < end else { return nil }
          if spacing == .constant { index += 1 } else { target += gap() }
          return nanoseconds
        }
        guard nextPiece < pieces.count else { return nil }
        pieceStart += piece.length
        integral += pieceArrivals
        piece = pieces[nextPiece]
        pieceArrivals = piece.arrivals
        nextPiece += 1
      }
    }

    /// Seconds into a piece at which its rate's integral reaches `place`: with the rate `r + s t`, the positive root
    /// of `r t + s t^2 / 2 = place`, written so that a slope near zero does not cancel.
    static func time(of place: Double, in piece: RateProfile.Piece) -> Double {
      if piece.from == piece.to { return place / piece.from }
      let slope = (piece.to - piece.from) / piece.length
      let root = Swift.max(0, piece.from * piece.from + 2 * slope * place).squareRoot()
      return place == 0 ? 0 : 2 * place / (piece.from + root)
    }
  }
}
