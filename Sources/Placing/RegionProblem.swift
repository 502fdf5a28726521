import Catalogs
import Costs
import Quantities

/// What is to be placed: origins with their demand over the hours, regions with what may be had there, and the losses
/// that must be survived.
///
/// The formulation: over regions r with offers (r, k) of price c, speed q and quota Q, origins o with demand d_o(t), and
/// losses s (s = 0 is the normal state), minimize
///
///     sum c n + sum f y + mean over t of e x (normal traffic served away from home)
///
/// where, in every state s and hour t, the origins' demand (times the served share of the state) flows to regions that
/// residency and the state's latency limit admit and that stand; each region's flow, times 1 + headroom of the state, is
/// at most its machines' speed; n <= Q y, minimum and maximum of a region where it is used; n whole.
public struct RegionProblem: Hashable, Sendable {
  public struct Region: Hashable, Sendable {
    public var id: String
    /// What the region costs an hour as soon as anything stands there.
    public var fixedCost: HourlyPrice
    public var minimum: Int
    public var maximum: Int?
    /// Whether something must stand there.
    public var isAlwaysOpen = false
    public init(id: String, fixedCost: HourlyPrice = .zero, minimum: Int = 0, maximum: Int? = nil) {
      precondition(minimum >= 0 && (maximum ?? 0) >= 0, "a region's bounds are not negative")
      self.id = id
      self.fixedCost = fixedCost
      self.minimum = minimum
      self.maximum = maximum
    }
  }
  /// Machines of one type in one region.
  public struct Offer: Hashable, Sendable {
    /// Index of the region.
    public var region: Int
    public var machine: String
    /// What one of them serves at its target utilization.
    public var rate: RequestRate
    public var price: HourlyPrice
    public var quota: Int
    /// How many of them stand in any case: committed already, and paid for whether used or not.
    public var held = 0
    /// How surely it can be had; nil for certain.
    public var obtainable: Obtainable?
    /// Bought ahead for a fixed span of days; nil for what is paid as it is used.
    public var block: CapacityBlock?
    public init(
      region: Int, machine: String, rate: RequestRate, price: HourlyPrice, quota: Int, held: Int = 0,
      obtainable: Obtainable? = nil, block: CapacityBlock? = nil
    ) {
      precondition(quota >= 0 && rate >= .zero && price >= .zero, "an offer has no negative numbers")
      precondition((0...quota).contains(held), "what stands is within the quota")
      self.held = held
      self.obtainable = obtainable
      self.block = block
      self.region = region
      self.machine = machine
      self.rate = rate
      self.price = price
      self.quota = quota
    }
  }
  /// Where requests come from.
  public struct Origin: Hashable, Sendable {
    public var id: String
    /// Index of the region that serves it without egress; nil for none.
    public var home: Int?
    /// Requests a second in each hour.
    public var demand: [Double]
    /// Residency: the regions that may hold its data; nil for all.
    public var allowed: Set<Int>?
    /// Round-trip time to each region in milliseconds; nil where there is no way.
    public var latency: [Double?]
    /// The only region that serves it in the normal state; nil where any may.
    public var primary: Int?
    public init(id: String, home: Int?, demand: [Double], allowed: Set<Int>? = nil, latency: [Double?]) {
      precondition(demand.allSatisfy { $0.isFinite && $0 >= 0 }, "demand is finite and not negative")
      self.id = id
      self.home = home
      self.demand = demand
      self.allowed = allowed
      self.latency = latency
    }
  }
  /// What holds in the normal state, or under a loss.
  public struct Terms: Hashable, Sendable {
    /// The longest round trip in milliseconds.
    public var latencyLimit: Double
    /// Spare capacity over the flow: 0.3 keeps 30 % free of what flows.
    public var headroom: Double
    /// The share of the demand that is served; below 1 the rest is shed.
    public var served: Double
    public init(latencyLimit: Double = .infinity, headroom: Double = 0, served: Double = 1) {
      precondition(headroom >= 0 && (0...1).contains(served), "terms are not negative and serve at most all")
      self.latencyLimit = latencyLimit
      self.headroom = headroom
      self.served = served
    }
  }

  public var regions: [Region]
  public var offers: [Offer]
  public var origins: [Origin]
  public var normal: Terms
  public var failure: Terms
  /// Sets of regions (indices) that are lost together, each to be survived.
  public var losses: [[Int]]
  /// What a request a second costs an hour when it is served away from its home.
  public var egress: HourlyPrice
  /// The hour of the day of each column of the demand, for words alone.
  public var hours: [Int]

  public init(
    regions: [Region], offers: [Offer], origins: [Origin], normal: Terms = Terms(), failure: Terms = Terms(),
    losses: [[Int]] = [], egress: HourlyPrice = .zero, hours: [Int]? = nil
  ) {
    let steps = origins.first?.demand.count ?? 0
    precondition(origins.allSatisfy { $0.demand.count == steps }, "all origins tell the same hours")
    precondition(origins.allSatisfy { $0.latency.count == regions.count }, "an origin has a latency to each region")
    precondition(offers.allSatisfy { regions.indices.contains($0.region) }, "an offer is a known region's")
    precondition(losses.allSatisfy { $0.allSatisfy { regions.indices.contains($0) } }, "a loss is of known regions")
    self.regions = regions
    self.offers = offers
    self.origins = origins
    self.normal = normal
    self.failure = failure
    self.losses = losses
    self.egress = egress
    self.hours = hours?.count == steps ? hours ?? [] : Array(0..<steps)
  }

  public var steps: Int { origins.first?.demand.count ?? 0 }

  /// Every loss of at most `count` regions.
  public static func losses(ofAny count: Int, of regions: Int) -> [[Int]] {
    var sets: [[Int]] = [[]]
    for r in 0..<max(0, regions) { sets += sets.filter { $0.count < count }.map { $0 + [r] } }
    return sets.filter { !$0.isEmpty }.sorted { ($0.count, $0) < ($1.count, $1) }
  }

  /// What demand that follows the sun saves where one fleet serves all of it: sum of the origins' peaks over the peak of
  /// their sum. 1 where all peak together.
  public var multiplexingGain: Double {
    let peaks = origins.reduce(0) { $0 + ($1.demand.max() ?? 0) }
    let together = (0..<steps).map { t in origins.reduce(0) { $0 + $1.demand[t] } }.max() ?? 0
    return together > 0 ? peaks / together : 1
  }
}

private func < (a: (Int, [Int]), b: (Int, [Int])) -> Bool {
  a.0 == b.0 ? a.1.lexicographicallyPrecedes(b.1) : a.0 < b.0
}

/// The normal state, or what is left after a loss: who may be served where, and on which terms.
struct RegionState: Sendable {
  /// Which loss; nil for the normal state.
  var loss: Int?
  var terms: RegionProblem.Terms
  /// For each origin the regions that may serve it.
  var admitted: [RegionSet]
  /// Origins with demand to be served: those that no standing region may serve are waived under a loss.
  var isServed: [Bool]

  init(_ problem: RegionProblem, loss: Int?) {
    self.loss = loss
    terms = loss == nil ? problem.normal : problem.failure
    let gone = Set(loss.map { problem.losses[$0] } ?? [])
    var admitted: [RegionSet] = []
    for origin in problem.origins {
      var set = RegionSet(problem.regions.count)
      for r in problem.regions.indices where !gone.contains(r) && origin.allowed?.contains(r) ?? true {
        if loss == nil, let primary = origin.primary, primary != r { continue }
        if let latency = origin.latency[r], latency <= terms.latencyLimit { set.insert(r) }
      }
      admitted.append(set)
    }
    self.admitted = admitted
    isServed = admitted.map { loss == nil || !$0.isEmpty }
  }

  /// The same, with each origin served by the nearest region alone that may serve it.
  func nearest(_ problem: RegionProblem) -> RegionState {
    var state = self
    for (o, origin) in problem.origins.enumerated() {
      let near = admitted[o].members.min { (origin.latency[$0] ?? .infinity) < (origin.latency[$1] ?? .infinity) }
      var set = RegionSet(problem.regions.count)
      if let near { set.insert(near) }
      state.admitted[o] = set
    }
    return state
  }

  /// What an origin asks of the capacity in an hour.
  func demand(_ problem: RegionProblem, _ origin: Int, _ hour: Int) -> Double {
    isServed[origin] ? terms.served * problem.origins[origin].demand[hour] : 0
  }
}

/// A small set of regions, by index.
struct RegionSet: Hashable, Sendable {
  private var words: [UInt64]

  init(_ count: Int) { words = [UInt64](repeating: 0, count: (max(1, count) + 63) / 64) }

  mutating func insert(_ r: Int) { words[r >> 6] |= 1 << UInt64(r & 63) }
  func contains(_ r: Int) -> Bool { words[r >> 6] >> UInt64(r & 63) & 1 == 1 }
  var isEmpty: Bool { words.allSatisfy { $0 == 0 } }
  var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }
  mutating func formUnion(_ other: RegionSet) { for i in words.indices { words[i] |= other.words[i] } }
  var members: [Int] {
    words.indices.flatMap { w in (0..<64).filter { words[w] >> UInt64($0) & 1 == 1 }.map { w * 64 + $0 } }
  }
}
