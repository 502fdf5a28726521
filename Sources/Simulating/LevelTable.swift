import Catalogs
import Glibc
import Quantities
import Serving

/// A service model's steady states, remembered by replica count and utilization, so that a tick costs a look-up.
///
/// Between 129 points on the axis 1 - sqrt(1 - u), which lie closer where latency rises; from 128 replicas on,
/// counts share a row with their neighbours within 1/64 (a pool's latency at a given utilization changes by less).
/// Utilizations above 0.995 read as 0.995: there the steady state is so far away that the fluid queue says more.
struct LevelTable: Sendable {
  @inline(__always) static var top: Double { 0.995 }
  @inline(__always) private static var points: Int { 128 }
  private let topAxis = 1 - (1 - top).squareRoot()
  private let axisScale = Double(points) / (1 - (1 - top).squareRoot())

  /// Columns of a row: mean latency, p99, and then the share within each bound.
  @inline(__always) static var mean: Int { 0 }
  @inline(__always) static var p99: Int { 1 }
  @inline(__always) static var firstShare: Int { 2 }

  private let model: any ServiceModel
  private let bounds: [LatencyBound]
  private let width: Int
  private var rows: [Int: Int] = [:]
  /// NaN where not yet asked for.
  private var cells: [Double] = []
  private var row = 0
  private var rowReplicas = -1
  private var selected = Double.nan
  private var position = 0
  private var fraction = 0.0

  /// Whether the model knows a latency at all; nothing may be selected where it does not.
  let isKnown: Bool

  init(_ model: any ServiceModel, bounds: [LatencyBound]) {
    isKnown = model.metrics.contains(.response)
    self.model = model
    self.bounds = bounds
    width = 2 + bounds.count
  }

  /// Chooses the state to read.
  @inline(__always)
  mutating func select(replicas: Int, utilization: Double) {
    if replicas == rowReplicas, utilization == selected { return }
    if replicas != rowReplicas { selectRow(replicas) }
    selected = utilization
    let u = min(max(0, utilization), Self.top)
    let x = (1 - (1 - u).squareRoot()) * axisScale
    position = min(Int(x), Self.points - 1)
    fraction = x - Double(position)
    let first = row + position * width
    if cells[first].isNaN { fill(position) }
    if cells[first + width].isNaN { fill(position + 1) }
  }

  @inline(__always)
  func value(_ column: Int) -> Double {
    let first = row + position * width + column
    return cells[first] + (cells[first + width] - cells[first]) * fraction
  }

  /// 128 to 255 replicas share rows in pairs, 256 to 511 in fours, and so on.
  private static func representative(_ replicas: Int) -> Int {
    guard replicas >= 128 else { return max(1, replicas) }
    let shift = (Int.bitWidth - 1 - replicas.leadingZeroBitCount) - 6
    return (replicas >> shift) << shift
  }

  private mutating func selectRow(_ replicas: Int) {
    rowReplicas = replicas
    let key = Self.representative(replicas)
    if let known = rows[key] {
      row = known
    } else {
      row = cells.count
      rows[key] = row
      cells.append(contentsOf: repeatElement(.nan, count: (Self.points + 1) * width))
    }
  }

  private mutating func fill(_ point: Int) {
    let axis = topAxis * Double(point) / Double(Self.points)
    let u = 1 - (1 - axis) * (1 - axis)
    let replicas = Self.representative(rowReplicas)
    let demand = model.capacity(of: replicas) * u
    let latency = model.level(of: demand, replicas: replicas).latency ?? .unbounded
    let first = row + point * width
    cells[first + Self.mean] = latency.mean
    cells[first + Self.p99] = latency.p99
    for (i, bound) in bounds.enumerated() {
      cells[first + Self.firstShare + i] =
        model.share(of: bound.metric, within: bound.limit.seconds, of: demand, replicas: replicas) ?? 1
    }
  }
}

/// What a request takes once it is served without delay: the share that ends within a remaining time, tabulated.
struct ServiceTimeTable: Sendable {
  private static let points = 256
  private let bound: Double
  private let shares: [Double]

  /// For remaining times up to `bound` seconds.
  init(_ model: any ServiceModel, _ bound: LatencyBound) {
    let limit = bound.limit.seconds
    self.bound = limit
    shares = (0...Self.points).map {
      model.share(of: bound.metric, within: limit * Double($0) / Double(Self.points), of: .zero, replicas: 1) ?? 1
    }
  }

  /// The share of a tick's arrivals that end in time, where the time left after waiting runs from `from` to `to`.
  func meanShare(_ knowsService: Bool, _ from: Double, _ to: Double) -> Double {
    guard from.isFinite, to.isFinite else { return 0 }
    let low = min(from, to)
    let high = max(from, to)
    guard high > 0 else { return 0 }
    let inTime = low >= 0 || high == low ? 1 : high / (high - low)
    guard knowsService else { return inTime }
    // Simpson's rule over the arrivals that have any time left.
    let left = max(low, 0)
    let middle = share(within: (left + high) / 2)
    return inTime * (share(within: left) + 4 * middle + share(within: high)) / 6
  }

  func share(within time: Double) -> Double {
    guard time >= 0 else { return 0 }
    let x = min(time, bound) / bound * Double(Self.points)
    let low = min(Int(x), Self.points - 1)
    return shares[low] + (shares[low + 1] - shares[low]) * (x - Double(low))
  }
}

/// All that a run asks of a service model, tabulated. Tables fill as they are asked; the same tables serve any number
/// of runs of one service under one objective, one run at a time, and what a run reads does not depend on them.
public struct ServiceTables: Sendable {
  var levels: LevelTable
  let serviceTimes: [ServiceTimeTable]
  let idleP99: Double
  /// Seconds.
  let bounds: [Double]
  /// Whether a wait in the queue counts against the bound.
  let areDelayed: [Bool]
  /// The machines under numbers of replicas.
  var machines: MachineTable

  init(_ model: any ServiceModel, _ objective: Objective, _ fleet: Fleet) {
    bounds = objective.latency.map { $0.limit.seconds }
    areDelayed = objective.latency.map { $0.metric.includesWait }
    machines = MachineTable(fleet)
    levels = LevelTable(model, bounds: objective.latency)
    serviceTimes = objective.latency.map { ServiceTimeTable(model, $0) }
    idleP99 = model.level(of: .zero, replicas: 1).latency?.p99 ?? 0
  }
}

/// The machines of each pool under numbers of replicas, remembered: thousands of runs meet the same numbers.
struct MachineTable: Sendable {
  private let fleet: Fleet
  private var known: [Int: (counts: [Int], unplaced: Int)] = [:]

  init(_ fleet: Fleet) { self.fleet = fleet }

  /// The use of the fleet that held so many replicas for so many hours each.
  mutating func use(_ counts: [(replicas: Int, hours: Double)], over span: Duration) -> FleetUse {
    var use = FleetUse(pools: fleet.pools.map { .init(pool: $0.with(count: 0), machineHours: 0) }, span: span)
    guard !fleet.pools.isEmpty else { return use }
    // In order, so that sums of fractions do not depend on a dictionary's.
    for (replicas, hours) in counts.sorted(by: { $0.replicas < $1.replicas }) where hours > 0 {
      let (machines, unplaced) = filling(replicas)
      for (i, count) in machines.enumerated() where count > 0 {
        use.pools[i].machineHours += Double(count) * hours
        use.pools[i].pool.count = max(use.pools[i].pool.count, count)
      }
      use.unplacedHours += Double(unplaced) * hours
    }
    return use
  }

  private mutating func filling(_ replicas: Int) -> (counts: [Int], unplaced: Int) {
    if let known = known[replicas] { return known }
    let filling = fleet.holding(replicas)
    let new = (filling.fleet.pools.map(\.count), filling.unplaced)
    known[replicas] = new
    return new
  }
}
