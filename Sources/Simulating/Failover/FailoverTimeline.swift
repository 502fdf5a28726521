/// What happened, second by second.
public struct FailoverTimeline: Hashable, Sendable {
  /// Seconds from the demand's beginning of the first value.
  public let from: Double
  public internal(set) var detected = 0.0
  public internal(set) var switched = 0.0
  /// First attempts, answers in time, and requests lost for good, each second.
  public private(set) var offered: [Double] = []
  public private(set) var served: [Double] = []
  public private(set) var lost: [Double] = []
  /// The share of a lost region's clients that had moved.
  public private(set) var moved: [Double] = []
  /// By region: attempts, and capacity.
  public private(set) var arrivals: [[Double]]
  public private(set) var capacity: [[Double]]
  /// By origin: first attempts, and requests lost, over the whole.
  public private(set) var offeredByOrigin: [Double]
  public private(set) var lostByOrigin: [Double]

  private var second = (offered: 0.0, served: 0.0, lost: 0.0, moved: 0.0)
  private var regionSecond: [(arrivals: Double, capacity: Double)]
  var isTroubled = false

  init(from: Double, seconds: Int, regions: Int, origins: Int) {
    self.from = from
    arrivals = (0..<regions).map { _ in Self.room(seconds) }
    capacity = (0..<regions).map { _ in Self.room(seconds) }
    offered = Self.room(seconds)
    served = Self.room(seconds)
    lost = Self.room(seconds)
    moved = Self.room(seconds)
    offeredByOrigin = Array(repeating: 0, count: origins)
    lostByOrigin = offeredByOrigin
    regionSecond = Array(repeating: (0, 0), count: regions)
  }

  private static func room(_ seconds: Int) -> [Double] {
    var values: [Double] = []
    values.reserveCapacity(seconds)
    return values
  }

  public static func == (a: Self, b: Self) -> Bool {
    a.from == b.from && a.offered == b.offered && a.served == b.served && a.lost == b.lost && a.moved == b.moved
      && a.arrivals == b.arrivals && a.capacity == b.capacity
  }
  public func hash(into hasher: inout Hasher) { hasher.combine(served) }

  mutating func beginSecond() {
    second = (0, 0, 0, 0)
    for r in regionSecond.indices { regionSecond[r] = (0, 0) }
  }
  mutating func offered(_ o: Int, _ n: Double) {
    second.offered += n
    offeredByOrigin[o] += n
  }
  mutating func served(_ n: Double) { second.served += n }
  mutating func lost(_ o: Int, _ n: Double) {
    second.lost += n
    lostByOrigin[o] += n
  }
  mutating func moved(_ n: Double) { second.moved += n }
  mutating func region(_ r: Int, arrivals: Double, capacity: Double) {
    regionSecond[r].arrivals += arrivals
    regionSecond[r].capacity += capacity
  }
  /// A second in which all that came was served at once.
  /// - Returns: what came.
  mutating func quietSecond(
    offered rates: [Double], moved share: Double, arrivals come: [Double], capacity has: [Double]
  )
    -> Double
  {
    var fresh = 0.0
    for o in rates.indices {
      fresh += rates[o]
      offeredByOrigin[o] += rates[o]
    }
    var answered = 0.0
    isTroubled = false
    for r in come.indices {
      answered += come[r]
      arrivals[r].append(come[r])
      capacity[r].append(has[r])
      if has[r] > 0, come[r] > 0.98 * has[r] { isTroubled = true }
    }
    offered.append(fresh)
    served.append(answered)
    lost.append(0)
    moved.append(share)
    return fresh
  }

  /// Attempts that reached a region in the last whole second.
  func attempts(_ r: Int) -> Double { arrivals[r].last ?? 0 }
  mutating func endSecond() {
    offered.append(second.offered)
    served.append(second.served)
    lost.append(second.lost)
    moved.append(second.moved)
    isTroubled = false
    for r in regionSecond.indices {
      arrivals[r].append(regionSecond[r].arrivals)
      capacity[r].append(regionSecond[r].capacity)
      // Where nothing answers there is no queue to follow.
      if regionSecond[r].capacity > 0, regionSecond[r].arrivals > 0.98 * regionSecond[r].capacity { isTroubled = true }
    }
  }
}
