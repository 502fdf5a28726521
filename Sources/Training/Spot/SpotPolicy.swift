import Glibc
import Quantities

/// When to take spot capacity, when to pay for capacity on demand, when to wait.
public enum SpotPolicy: Hashable, Sendable, CaseIterable {
  /// On demand from start to end.
  case onDemand
  /// Spot whenever it is there, waiting otherwise, on demand from when the deadline leaves no other way.
  case greedy
  /// Spot whenever it is there; on demand while the work lags behind the clock (Can't Be Late, NSDI 2024).
  case uniformProgress
  /// The decision of least expected cost to the deadline, for spells as the history shows them: a dynamic program over
  /// the time left, the work left, what is held, and whether spot is there.
  case planned

  public var name: String {
    switch self {
    case .onDemand: "on demand"
    case .greedy: "greedy"
    case .uniformProgress: "uniform progress"
    case .planned: "planned"
    }
  }
}

/// What a job holds.
enum Holding: Int, Sendable, CaseIterable {
  case nothing, spot, onDemand
}

/// How likely spot capacity comes and goes, by how long it has been as it is: on the public traces a spell that has lasted
/// 20 minutes is a third as likely to end in the next minute as a new one.
struct SpotHazards: Hashable, Sendable {
  /// An hour: of a new and of an old spell of capacity to end, and of one without.
  var upYoung: Double
  var upOld: Double
  var downYoung: Double
  var downOld: Double
  /// Hours from which a spell is old. 9 to 30 minutes give the same cost on the traces within half a percent.
  static let oldFrom = 0.3

  init(_ model: SpotModel) {
    upYoung = 1 / model.meanUp.hours
    upOld = upYoung
    downYoung = 1 / model.meanDown.hours
    downOld = downYoung
  }

  /// What a stretch of availability shows, with a prior of one end in 2 hours of new and 5 hours of old spells.
  init(_ isUp: ArraySlice<Bool>, stepHours: Double) {
    // Exposure and ends by (up, old).
    var hours = [2.0, 5, 2, 5]
    var ends = [1.0, 1, 1, 1]
    var age = 0.0
    var last: Bool?
    for now in isUp {
      if let last {
        let kind = (last ? 2 : 0) + (age >= Self.oldFrom ? 1 : 0)
        hours[kind] += stepHours
        if now != last {
          ends[kind] += 1
          age = 0
        } else {
          age += stepHours
        }
      }
      last = now
    }
    downYoung = ends[0] / hours[0]
    downOld = ends[1] / hours[1]
    upYoung = ends[2] / hours[2]
    upOld = ends[3] / hours[3]
  }

  /// The chances of each state after a time, from one: 0 and 1 are without capacity (new, old), 2 and 3 with.
  func chances(from state: Int, hours: Double) -> (Double, Double, Double, Double) {
    let isUp = state >= 2
    let isOld = state & 1 == 1
    let hazard = isUp ? (isOld ? upOld : upYoung) : (isOld ? downOld : downYoung)
    let ends = 1 - exp(-hazard * hours)
    let ages = isOld ? 1 : 1 - exp(-hours / Self.oldFrom)
    let old = (1 - ends) * ages
    let young = (1 - ends) * (1 - ages)
    return isUp ? (ends, 0, young, old) : (young, old, ends, 0)
  }
}

/// Expected cost to go of a job on spot capacity, in hours of spot price.
///
/// The state is the time left, the work left (with what is left of a changeover), what is held, and whether spot is there and
/// for how long. Cost is linear between grid points; work that cannot be done any more costs ten times the on-demand price
/// an hour, so that interpolation near the limit stays on the safe side.
struct SpotValue: Sendable {
  private let steps = 300
  /// What an hour of waiting is held to cost, of an hour of spot: of two ways that cost the same the sooner is better.
  static let waitingCost = 0.02
  private let works: Int
  private let stepHours: Double
  private let values: [Double]
  private let job: SpotJob
  private let hazards: SpotHazards

  /// - Complexity: 300 steps of time x the work in such steps x 12 states: some 10 milliseconds.
  init(_ job: SpotJob, _ hazards: SpotHazards) {
    self.job = job
    self.hazards = hazards
    let stepHours = job.deadline.hours / 300
    self.stepHours = stepHours
    let changeover = job.changeover.hours
    let n = Int(((job.workWithSaving + 2 * changeover) / stepHours).rounded(.up)) + 3
    works = n
    let ratio = job.priceRatio
    var table = Array(repeating: 0.0, count: 301 * 12 * n)
    // Nothing left of the time: what is not done is late.
    for state in 0..<12 { for w in 0..<n { table[state * n + w] = 10 * ratio * Double(w) * stepHours } }
    let shift = changeover / stepHours
    let chances = (0..<4).map { hazards.chances(from: $0, hours: stepHours) }
    var expected = Array(repeating: 0.0, count: 12 * n)
    table.withUnsafeMutableBufferPointer { table in
      expected.withUnsafeMutableBufferPointer { expected in
        for step in 1...300 {
          let before = (step - 1) * 12 * n
          for holding in 0..<3 {
            // Spot that is lost leaves nothing.
            let without = holding == Holding.spot.rawValue ? 0 : holding
            for state in 0..<4 {
              let p = chances[state]
              let (a, b) = (before + (without * 4) * n, before + (without * 4 + 1) * n)
              let (c, d) = (before + (holding * 4 + 2) * n, before + (holding * 4 + 3) * n)
              let out = (holding * 4 + state) * n
              for w in 0..<n {
                expected[out + w] = p.0 * table[a + w] + p.1 * table[b + w] + p.2 * table[c + w] + p.3 * table[d + w]
              }
            }
          }
          func at(_ holding: Holding, _ state: Int, _ work: Double) -> Double {
            let base = (holding.rawValue * 4 + state) * n
            let x = max(0, min(work, Double(n) - 1.001))
            let low = Int(x)
            return expected[base + low] + (expected[base + low + 1] - expected[base + low]) * (x - Double(low))
          }
          let now = step * 12 * n
          for holding in Holding.allCases {
            let toSpot = holding == .spot ? -1 : shift - 1
            let toPaid = holding == .onDemand ? -1 : shift - 1
            for state in 0..<4 {
              let base = now + (holding.rawValue * 4 + state) * n
              table[base] = 0
              for w in 1..<n {
                var best = Self.waitingCost * stepHours + expected[state * n + w]
                if state >= 2 { best = min(best, stepHours + at(.spot, state, Double(w) + toSpot)) }
                best = min(best, ratio * stepHours + at(.onDemand, state, Double(w) + toPaid))
                table[base + w] = best
              }
            }
          }
        }
      }
    }
    values = table
  }

  /// Cost to go, interpolated; hours.
  private func cost(_ timeLeft: Double, _ workLeft: Double, _ holding: Int, _ state: Int) -> Double {
    let t = max(0, min(timeLeft / stepHours, Double(steps)))
    let w = max(0, min(workLeft / stepHours, Double(works) - 1.001))
    let t0 = min(Int(t), steps - 1)
    let w0 = Int(w)
    let base = (holding * 4 + state) * works
    func at(_ step: Int) -> Double {
      let place = step * 12 * works + base + w0
      return values[place] + (values[place + 1] - values[place]) * (w - Double(w0))
    }
    return at(t0) + (at(t0 + 1) - at(t0)) * (t - Double(t0))
  }

  /// The decision of least expected cost for the next tick.
  func decision(
    timeLeft: Double, workLeft: Double, pending: Double, holding: Holding, isUp: Bool, age: Double, tickHours: Double
  ) -> Holding {
    let state = (isUp ? 2 : 0) + (age >= SpotHazards.oldFrom ? 1 : 0)
    let p = hazards.chances(from: state, hours: tickHours)
    let weights = [p.0, p.1, p.2, p.3]
    let after = timeLeft - tickHours
    func next(_ to: Holding) -> Double {
      let rest = to == .nothing ? workLeft : workLeft + (to == holding ? pending : job.changeover.hours)
      let left = to == .nothing ? rest : max(0, rest - tickHours)
      var sum = (to == .nothing ? Self.waitingCost : to == .spot ? 1 : job.priceRatio) * tickHours
      for next in 0..<4 where weights[next] > 0 {
        sum += weights[next] * cost(after, left, to == .spot && next < 2 ? 0 : to.rawValue, next)
      }
      return sum
    }
    var best = (holding: Holding.nothing, cost: next(.nothing))
    if isUp {
      let cost = next(.spot)
      if cost < best.cost { best = (.spot, cost) }
    }
    return next(.onDemand) < best.cost ? .onDemand : best.holding
  }
}
