import Catalogs
import Quantities

/// A service without state whose load is not known exactly: how many of which machine, over all that may be so?
///
/// Each world draws a rate, the work of a request, its bytes and a replica's memory. In it a machine shape with v cores
/// carries the rate when the work fills at most v x n cores less what waiting needs: a + b sqrt(a) <= v n for a = rate x
/// work (square-root staffing; Halfin and Whitt 1981), its network carries the bytes and its memory the working set.
public struct ShapeProblem: Sendable {
  /// Requests a second at the peak.
  public var rate: Estimate<RequestRate>
  /// Seconds of one core for a request.
  public var work: Estimate<Factor>
  /// Bytes in and out for a request.
  public var bytes: Estimate<Bytes>
  /// Bytes that a machine must hold at the least.
  public var memory: Estimate<Bytes>
  /// The fewest machines, for zones.
  public var minimum: Int
  /// The staffing factor b: 1 keeps the probability of waiting at about 22 %, 2 at 3 %.
  public var staffing: Double
  /// What a missing machine costs, in times its price.
  public var penalty: Double

  public init(
    rate: Estimate<RequestRate>, work: Estimate<Factor>, bytes: Estimate<Bytes> = Estimate(exactly: .zero),
    memory: Estimate<Bytes> = Estimate(exactly: .zero), minimum: Int = 3, staffing: Double = 1, penalty: Double = 10
  ) {
    self.rate = rate
    self.work = work
    self.bytes = bytes
    self.memory = memory
    self.minimum = max(1, minimum)
    self.staffing = max(0, staffing)
    self.penalty = max(0, penalty)
  }
}

/// A machine shape as it counts here.
public struct Shape: Hashable, Sendable {
  public var name: String
  public var cores: Double
  public var memory: Double
  /// Bytes a second; infinite where nobody states it.
  public var network: Double
  public var price: HourlyPrice
  public init(name: String, cores: Double, memory: Double, network: Double = .infinity, price: HourlyPrice) {
    self.name = name
    self.cores = cores
    self.memory = memory
    self.network = network
    self.price = price
  }

  /// The machines of a catalog that have a price.
  /// - Parameter isAccelerated: whether those with accelerators count, which a service on cores does not use.
  public static func all(_ machines: [Machine], in region: String? = nil, isAccelerated: Bool = true) -> [Shape] {
    machines.compactMap { machine in
      guard machine.vcpus > 0, isAccelerated || machine.acceleratorCount == 0,
        let price = machine.price(.onDemand, in: region), price.hourly > .zero
      else { return nil }
      return Shape(
        name: machine.name, cores: Double(machine.vcpus), memory: machine.memory.rawValue,
        network: machine.network?.rawValue ?? .infinity, price: price.hourly)
    }
  }
}

/// A choice, over all worlds.
public struct RankedShape: Hashable, Sendable {
  public var shape: Shape
  public var count: Int
  /// Dollars an hour, for what is held.
  public var price: HourlyPrice
  /// What is held and what is missing on average, and what it costs above the best of each world on average and at most.
  public var expectedCost: HourlyPrice
  public var expectedRegret: HourlyPrice
  public var worstRegret: HourlyPrice
  /// The share of worlds in which it suffices.
  public var sufficient: Double
  /// By how much demand may exceed the median world's before it no longer suffices: 0.3 is 30 % to the cliff; below 0 the
  /// median world lies beyond it.
  public var cliff: Double
}

extension ShapeProblem {
  /// The machines of one shape that a world needs.
  @inline(__always)
  private func need(_ load: Double, _ traffic: Double, _ memory: Double, _ shape: Shape) -> Double {
    guard memory <= shape.memory else { return .infinity }
    let cores = load + staffing * load.squareRoot()
    let count = max(cores / shape.cores, shape.network.isFinite ? traffic / shape.network : 0)
    return max(Double(minimum), count.rounded(.up))
  }

  /// The best shape of each of many worlds, and the choices among them ranked over all worlds.
  ///
  /// - Complexity: O(worlds x shapes) for the worlds' own plans, and the same for the ranking.
  public func ranked(_ shapes: [Shape], worlds: Int, seed: UInt64) -> [RankedShape] {
    guard worlds > 0, !shapes.isEmpty else { return [] }
    let drawn = draw(worlds, seed: seed)
    // Each world's own plan.
    var best = [Double](repeating: .infinity, count: worlds)
    var winners = [Int](repeating: 0, count: shapes.count)
    for w in 0..<worlds {
      var winner = -1
      for k in shapes.indices {
        let cost = need(drawn.load[w], drawn.traffic[w], drawn.memory[w], shapes[k]) * shapes[k].price.rawValue
        if cost < best[w] {
          best[w] = cost
          winner = k
        }
      }
      if winner >= 0 { winners[winner] += 1 }
    }
    let median = (drawn.load.sorted()[worlds / 2], drawn.traffic.sorted()[worlds / 2])
    // Choices: the shapes that win somewhere, each with the counts of quantiles of its need.
    let quantiles = [0.5, 0.75, 0.9, 0.95, 0.99, 1]
    var choices: [RankedShape] = []
    for k in shapes.indices where winners[k] * 200 >= worlds || winners[k] == winners.max() {
      let needs = (0..<worlds).map { need(drawn.load[$0], drawn.traffic[$0], drawn.memory[$0], shapes[k]) }
      let sorted = needs.sorted()
      let counts = Set(quantiles.map { sorted[min(worlds - 1, Int($0 * Double(worlds)))] }.filter { $0.isFinite })
      for count in counts.sorted() {
        choices.append(rank(shapes[k], count, needs, best, median))
      }
    }
    return choices.sorted {
      $0.expectedCost == $1.expectedCost ? $0.shape.name < $1.shape.name : $0.expectedCost < $1.expectedCost
    }
  }

  private func rank(
    _ shape: Shape, _ count: Double, _ needs: [Double], _ best: [Double], _ median: (load: Double, traffic: Double)
  ) -> RankedShape {
    let price = shape.price.rawValue
    var sum = 0.0
    var regret = 0.0
    var worst = 0.0
    var enough = 0
    for w in needs.indices {
      let missing = needs[w] > count ? min(needs[w], 1e9) - count : 0
      if missing == 0 { enough += 1 }
      let cost = price * (count + missing * penalty)
      sum += cost
      let more = best[w].isFinite ? max(0, cost - best[w]) : 0
      regret += more
      worst = max(worst, more)
    }
    // Load that the cores carry: a + b sqrt(a) = c, solved for a.
    let cores = shape.cores * count
    let root = (-staffing + (staffing * staffing + 4 * cores).squareRoot()) / 2
    var reach = median.load > 0 ? root * root / median.load : .infinity
    if shape.network.isFinite, median.traffic > 0 { reach = min(reach, shape.network * count / median.traffic) }
    let n = Double(needs.count)
    return RankedShape(
      shape: shape, count: Int(count), price: shape.price * count, expectedCost: HourlyPrice(rawValue: sum / n),
      expectedRegret: HourlyPrice(rawValue: regret / n), worstRegret: HourlyPrice(rawValue: worst),
      sufficient: Double(enough) / n, cliff: reach - 1)
  }

  /// Worlds drawn evenly: each quantity's quantiles are cut into as many slices as there are worlds, each slice drawn from
  /// once, in an order of its own (Latin hypercube sampling; McKay et al. 1979).
  private func draw(_ worlds: Int, seed: UInt64) -> (load: [Double], traffic: [Double], memory: [Double]) {
    func column<Value: Quantity>(_ estimate: Estimate<Value>, _ item: UInt64) -> [Double] {
      if estimate.isCertain { return [Double](repeating: max(0, estimate.mid.rawValue), count: worlds) }
      var random = RandomStream(seed: seed, item: item)
      var values = (0..<worlds).map { w in
        max(0, estimate.quantile((Double(w) + random.uniform()) / Double(worlds)).rawValue)
      }
      values.shuffle(using: &random)
      return values
    }
    let rates = column(rate, 1)
    let works = column(work, 2)
    let sizes = column(bytes, 3)
    return (
      zip(rates, works).map { $0 * $1 }, zip(rates, sizes).map { $0 * $1 }, column(memory, 4)
    )
  }
}
