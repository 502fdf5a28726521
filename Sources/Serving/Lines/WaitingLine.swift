import Glibc
import Quantities

/// One line before several equal servers, first come first served (G/G/c): simulated customer by customer.
///
/// By the recursion of Kiefer and Wolfowitz ("On the theory of queues with many servers", Transactions of the American
/// Mathematical Society 78, 1955): who comes takes the server that is free first, so that the times at which servers become
/// free, in a heap, are the whole state. It takes no event list, and its waits are those that one would have.
public struct WaitingLine: Hashable, Sendable {
  public let servers: Int
  /// The times between arrivals.
  public let arrivals: TimeDistribution
  public let service: TimeDistribution

  /// - Throws: ``ServingError`` for no server, or more than ten million.
  public init(servers: Int, arrivals: TimeDistribution, service: TimeDistribution) throws(ServingError) {
    guard (1...10_000_000).contains(servers) else {
      throw ServingError(.invalidParameter, "\(servers) servers: give 1 to 10000000")
    }
    self.servers = servers
    self.arrivals = arrivals
    self.service = service
  }

  /// Erlangs: the servers that are busy on average.
  public var offeredLoad: Double { service.mean / arrivals.mean }
  /// Below 1, or the line grows for ever.
  public var utilization: Double { offeredLoad / Double(servers) }
  /// The fewest servers that keep up.
  public var leastServers: Int { Int(min(offeredLoad.rounded(.down) + 1, 1e18)) }
  public var isStable: Bool { utilization < 1 }

  /// What a simulation found.
  public struct Waits: Sendable {
    public let customers: Int
    /// Seconds.
    public let mean: Double
    /// Of the mean, at 95 %, by batch means.
    public let confidence: BatchMeans
    /// Every wait, in cells of 0.2 %: percentiles are those of all customers, none sampled. Zeros are who did not wait.
    public let histogram: Histogram
    /// The busy share of the servers.
    public let utilization: Double

    /// The share of customers that waited.
    public var probability: Double {
      customers > 0 ? 1 - Double(histogram.zeros) / Double(customers) : 0
    }
    public func quantile(_ p: Double) -> Double { histogram.quantile(p) ?? .nan }
  }

  /// Lets so many customers come, after others that fill the empty system and are not counted.
  ///
  /// Those are as many as come in ten relaxation times 1 / (sqrt(c m) - sqrt(l))^2 (Blanc and van Doorn, "Relaxation times
  /// for queueing systems", 1986), times the mean variability, and at most a fifth of the customers.
  ///
  /// - Precondition: 1 customer or more.
  public func simulate(customers: Int, seed: UInt64) -> Waits {
    precondition(customers >= 1, "a simulation needs a customer")
    let table = ExponentialTable()
    return table.withDraws { draws in
      switch arrivals.variability {
      case 0: simulate(ConstantTimes(value: arrivals.mean), draws, customers, seed)
      case 1: simulate(ExponentialTimes(mean: arrivals.mean), draws, customers, seed)
      case ..<1: simulate(GammaTimes(arrivals), draws, customers, seed)
      default: simulate(HyperexponentialTimes(arrivals), draws, customers, seed)
      }
    }
  }

  private func simulate(
    _ gaps: some TimeSampler, _ draws: ExponentialTable.Draws, _ customers: Int, _ seed: UInt64
  ) -> Waits {
    switch service.variability {
    case 0: run(gaps, ConstantTimes(value: service.mean), draws, customers, seed)
    case 1: run(gaps, ExponentialTimes(mean: service.mean), draws, customers, seed)
    case ..<1: run(gaps, GammaTimes(service), draws, customers, seed)
    default: run(gaps, HyperexponentialTimes(service), draws, customers, seed)
    }
  }

  /// Customers that come before any is counted.
  func warmUp(of customers: Int) -> Int {
    guard isStable else { return 0 }
    let (c, a) = (Double(servers), offeredLoad)
    let relaxation = 1 / pow(c.squareRoot() - a.squareRoot(), 2)
    let spread = max(1, (arrivals.variability + service.variability) / 2)
    // As many services pass at once as there are servers before the first one can wait.
    return Int(min(10 * (relaxation * spread + 1) * a + c, Double(customers) / 5))
  }

  /// Batches that the waits are first summed in.
  private static let mostBatches = 512

  private func run<Gaps: TimeSampler, Services: TimeSampler>(
    _ gaps: Gaps, _ services: Services, _ draws: ExponentialTable.Draws, _ customers: Int, _ seed: UInt64
  ) -> Waits {
    var gaps = gaps
    var services = services
    // Streams of their own: the same arrivals meet any number of servers.
    var forGaps = RandomStream(seed: seed, item: 1)
    var forServices = RandomStream(seed: seed, item: 2)
    var tally = WaitTally(scale: service.mean)
    var free = FreeTimes(servers)
    var now = 0.0
    var sums: [Double] = []
    var work = 0.0
    let size = max(1, (customers + Self.mostBatches - 1) / Self.mostBatches)
    sums.reserveCapacity(Self.mostBatches)

    tally.withCells { cells in
      free.withHeap { heap in
        @inline(__always) func wait(of duration: Double) -> Double {
          let first = heap.first
          let start = first > now ? first : now
          heap.replaceFirst(start + duration)
          return start - now
        }
        for _ in 0..<warmUp(of: customers) {
          now += gaps.next(&forGaps, draws)
          _ = wait(of: services.next(&forServices, draws))
        }
        // Times count from here: what the fill-up took is in no sum, and late times keep their digits.
        heap.shift(by: -now)
        now = 0
        var left = customers
        while left > 0 {
          let count = min(size, left)
          var sum = 0.0
          for _ in 0..<count {
            now += gaps.next(&forGaps, draws)
            let duration = services.next(&forServices, draws)
            let wait = wait(of: duration)
            work += duration
            sum += wait
            cells.add(wait)
          }
          sums.append(sum)
          left -= count
        }
      }
    }
    let full = sums.count * size == customers ? sums : Array(sums.dropLast())
    return Waits(
      customers: customers, mean: sums.reduce(0, +) / Double(customers),
      confidence: BatchMeans(full.map { $0 / Double(size) }), histogram: tally.histogram(),
      utilization: now > 0 ? work / now / Double(servers) : 0)
  }
}

/// The times at which servers become free, the earliest first: a binary heap.
private struct FreeTimes {
  private var times: [Double]

  init(_ servers: Int) { times = Array(repeating: 0, count: servers) }

  struct Heap {
    let times: UnsafeMutablePointer<Double>
    let count: Int

    @inline(__always) var first: Double { times[0] }

    /// A server that is served ends later than most: the hole goes down to a leaf first, which takes one comparison a
    /// level whose outcome no processor has to guess, and the new time then rises a little.
    @inline(__always)
    func replaceFirst(_ time: Double) {
      var hole = 0
      var child = 1
      while child + 1 < count {
        child += times[child + 1] < times[child] ? 1 : 0
        times[hole] = times[child]
        hole = child
        child = 2 * hole + 1
      }
      if child < count {
        times[hole] = times[child]
        hole = child
      }
      while hole > 0 {
        let parent = (hole - 1) / 2
        guard times[parent] > time else { break }
        times[hole] = times[parent]
        hole = parent
      }
      times[hole] = time
    }

    func shift(by offset: Double) { for i in 0..<count { times[i] += offset } }
  }

  mutating func withHeap(_ body: (Heap) -> Void) {
    times.withUnsafeMutableBufferPointer { buffer in
      if let base = buffer.baseAddress { body(Heap(times: base, count: buffer.count)) }
    }
  }
}

/// Counts waits by the cells of a ``Histogram``, in an array of fixed size, for loops of millions.
private struct WaitTally {
  private static let cells = 512
  /// Octaves below and above the service time that have cells of their own; shorter waits count as that of the lowest
  /// cell, longer ones as of the highest. 2^-30 of a service is nothing, 2^33 of them nobody waits for.
  private static let octaves = (below: 30, above: 33)

  private let lowest: Int
  private var counts: [UInt64]
  private var zeros: UInt64 = 0
  private var maximum = 0.0

  init(scale: Double) {
    lowest = max(-1022, Int(scale.exponent) - Self.octaves.below)
    counts = Array(repeating: 0, count: (Self.octaves.below + Self.octaves.above) * Self.cells)
  }

  struct Cells {
    let counts: UnsafeMutablePointer<UInt64>
    let last: Int
    let offset: Int

    /// Zeros lie below every cell, in slot 0.
    @inline(__always)
    func add(_ wait: Double) {
      let cell = Int(truncatingIfNeeded: wait.bitPattern >> 43) &- offset
      let slot = wait > 0 ? min(max(cell, 0), last) &+ 1 : 0
      counts[slot] &+= 1
    }
  }

  mutating func withCells(_ body: (Cells) -> Void) {
    var slots = [UInt64](repeating: 0, count: counts.count + 1)
    slots.withUnsafeMutableBufferPointer { buffer in
      if let base = buffer.baseAddress {
        body(Cells(counts: base, last: counts.count - 1, offset: (lowest + 1023) * Self.cells))
      }
    }
    zeros += slots[0]
    for i in counts.indices { counts[i] += slots[i + 1] }
  }

  func histogram() -> Histogram {
    var histogram = Histogram(cells: Self.cells)
    histogram.record(0, times: zeros)
    for (i, count) in counts.enumerated() where count > 0 {
      let middle = 1 + (Double(i % Self.cells) + 0.5) / Double(Self.cells)
      histogram.record(scalbn(middle, Int32(lowest + i / Self.cells)), times: count)
    }
    return histogram
  }
}
