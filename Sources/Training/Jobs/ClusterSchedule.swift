import Quantities

/// A job of a cluster's calendar: it may start on a day, takes so many machines for so long, and some go before others.
public struct CalendarJob: Hashable, Sendable {
  public var name: String
  public var machines: Int
  public var days: Double
  /// The day from which it may run, from 0.
  public var from: Double
  /// The day by which it should be done; nil without.
  public var due: Double?
  /// Higher goes first, and may take machines from lower ones that can stop.
  public var priority: Int
  /// Whether it can stop and go on later, at the loss of `restartDays`.
  public var isPreemptible: Bool
  public var restartDays: Double

  public init(
    name: String, machines: Int, days: Double, from: Double = 0, due: Double? = nil, priority: Int = 0,
    isPreemptible: Bool = false, restartDays: Double = 0.02
  ) {
    self.name = name
    self.machines = max(1, machines)
    self.days = max(0, days)
    self.from = max(0, from)
    self.due = due
    self.priority = priority
    self.isPreemptible = isPreemptible
    self.restartDays = max(0, restartDays)
  }
}

/// Several jobs, and what else takes machines, against a cluster over months: when it is full, what waits, what to buy.
public struct ClusterSchedule: Sendable {
  /// Machines of a day, from day 0; the last holds on. What serving and reservations take is left out already.
  public var machines: [Int]
  public var jobs: [CalendarJob]

  public init(machines: [Int], jobs: [CalendarJob]) {
    self.machines = machines.isEmpty ? [0] : machines
    self.jobs = jobs
  }

  /// A stretch in which a job held its machines.
  public struct Stretch: Hashable, Sendable {
    public var start: Double
    public var end: Double
  }

  public struct Placed: Hashable, Sendable {
    public var job: CalendarJob
    public var stretches: [Stretch]
    /// Nil where it never ended within the calendar.
    public var end: Double?
    public var preemptions: Int
    /// Which jobs took its machines.
    public var preemptedBy: [String]
    public var waited: Double
    public var isLate: Bool { job.due.map { (end ?? .infinity) > $0 + 1e-9 } ?? false }
  }

  public struct Result: Sendable {
    public var placed: [Placed]
    /// The share of the machine-days that were used until the last job ended.
    public var utilization: Double
    /// Days on which a job waited for machines.
    public var fullDays: Double
    /// Machines more with which no job would be late; nil where none is late or more machines do not help.
    public var toBuy: Int?
  }

  /// - Parameter step: Days of a step of the calendar.
  public func run(days: Double = 365, step: Double = 1.0 / 24) -> Result {
    run(days: days, step: step, extra: 0, buys: true)
  }

  private func run(days: Double, step: Double, extra: Int, buys: Bool) -> Result {
    struct State {
      var left: Double
      var isRunning = false
      var stretches: [Stretch] = []
      var end: Double?
      var preemptions = 0
      var by: [String] = []
      var waited = 0.0
    }
    var states = jobs.map { State(left: $0.days) }
    // Higher priority first, then who may start first.
    let order = jobs.indices.sorted {
      (-jobs[$0].priority, jobs[$0].from, $0) < (-jobs[$1].priority, jobs[$1].from, $1)
    }
    var used = 0.0
    var offered = 0.0
    var full = 0.0
    var now = 0.0
    while now < days - 1e-9, states.contains(where: { $0.end == nil }) {
      let there = machines[min(Int(now), machines.count - 1)] + extra
      var free = there
      var isFull = false
      // Who holds on: those that cannot stop, first.
      var holds = Array(repeating: false, count: jobs.count)
      for i in order where states[i].isRunning && !jobs[i].isPreemptible && jobs[i].machines <= free {
        holds[i] = true
        free -= jobs[i].machines
      }
      for i in order where !holds[i] && states[i].end == nil && jobs[i].from <= now + 1e-9 {
        if jobs[i].machines <= free {
          holds[i] = true
          free -= jobs[i].machines
        } else {
          isFull = true
        }
      }
      for i in jobs.indices where states[i].end == nil && jobs[i].from <= now + 1e-9 {
        if holds[i] {
          if !states[i].isRunning {
            states[i].stretches.append(Stretch(start: now, end: now))
            if states[i].preemptions > 0 { states[i].left += jobs[i].restartDays }
          }
          states[i].isRunning = true
          let passed = min(step, states[i].left)
          states[i].left -= passed
          used += passed * Double(jobs[i].machines)
          states[i].stretches[states[i].stretches.count - 1].end = now + passed
          if states[i].left <= 1e-9 {
            states[i].end = now + passed
            states[i].isRunning = false
          }
        } else {
          states[i].waited += step
          if states[i].isRunning {
            states[i].isRunning = false
            states[i].preemptions += 1
            if let taker = order.first(where: { holds[$0] && jobs[$0].priority > jobs[i].priority }) {
              states[i].by.append(jobs[taker].name)
            }
          }
        }
      }
      if isFull { full += step }
      offered += Double(there) * step
      now += step
    }
    let placed = zip(jobs, states).map { job, state in
      Placed(
        job: job, stretches: state.stretches, end: state.end, preemptions: state.preemptions, preemptedBy: state.by,
        waited: state.waited)
    }
    var toBuy: Int?
    if buys, placed.contains(where: { $0.isLate || $0.end == nil }) {
      // Doubling, then halving: the fewest machines more with which none is late.
      func holds(_ extra: Int) -> Bool {
        run(days: days, step: max(step, days / 2000), extra: extra, buys: false).placed.allSatisfy {
          !$0.isLate && $0.end != nil
        }
      }
      let most = jobs.reduce(0) { $0 + $1.machines }
      var high = 1
      while high < most, !holds(high) { high = min(most, high * 2) }
      if holds(high) {
        var low = high / 2
        while high - low > 1 {
          let middle = (low + high) / 2
          if holds(middle) { high = middle } else { low = middle }
        }
        toBuy = high
      }
    }
    return Result(placed: placed, utilization: offered > 0 ? used / offered : 0, fullDays: full, toBuy: toBuy)
  }
}
