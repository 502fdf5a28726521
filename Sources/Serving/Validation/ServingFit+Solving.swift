import Catalogs
import Glibc
import Quantities

extension ServingFit {
  /// The figures that a fit sees.
  func thinned(_ all: [MeasuredService]) -> [MeasuredService] {
    let usable = all.filter {
      $0.metric != "kv_gib" && (!$0.question.mode.isClosedLoop || $0.question.batch ?? 0 <= mostUsers)
    }
    var counts: [String: Int] = [:]
    for figure in usable { counts[figure.stratum, default: 0] += 1 }
    var places: [String: Int] = [:]
    return usable.filter { figure in
      let most = max(1, figure.question.prefill == nil ? mostOfKind : mostOfPools)
      let every = ((counts[figure.stratum] ?? 0) + most - 1) / most
      let place = places[figure.stratum, default: 0]
      places[figure.stratum] = place + 1
      return place % max(1, every) == 0
    }
  }

  /// The figures, and those whose source knows an engine that the question does not name once more without it: the engine
  /// that stands for all is fitted to them.
  static func asTold(_ figures: [MeasuredService], by sizer: Sizer) -> [MeasuredService] {
    figures
      + figures.compactMap { figure in
        guard sizer.engine(of: figure.told).name != sizer.engine(of: figure.question).name else { return nil }
        var plain = figure
        plain.engine = ""
        return plain
      }
  }

  func isFitted(_ place: Constant.Place) -> Bool {
    guard let engines else { return true }
    if case .engine(let name, _) = place { return engines.contains(name) }
    return false
  }

  func fit(_ all: [MeasuredService], _ progress: (String) -> Void) -> EngineCatalog {
    // Constants that are kept are those at hand; all others begin at round figures.
    let start = engines == nil ? start.unfitted : start
    let sizer = Sizer(constants: start)
    let figures = Self.asTold(thinned(all), by: sizer)
    let engines = figures.map { sizer.engine(of: $0.told).name }
    let families = figures.map { start.family(of: $0.question.accelerator).name }
    var counts: [String: Double] = [:]
    for figure in figures { counts[figure.stratum, default: 0] += 1 }
    let weight = figures.map { (weights[$0.kind] ?? 1) / (counts[$0.stratum] ?? 1).squareRoot() / 10 }
    // A constant that no figure is of stays.
    var constants: [(Constant, touched: [Int])] = []
    for constant in Self.constants(of: start) {
      let touched: [Int]
      switch constant.place {
      case .engine(let name, let path):
        touched =
          start.engines.contains { $0.name == name && $0[keyPath: path] > 0 }
          ? engines.indices.filter { engines[$0] == name } : []
      case .version(let row, _):
        let row = start.versions.indices.contains(row) ? start.versions[row] : nil
        touched = engines.indices.filter { index in
          guard let row, engines[index] == row.engine else { return false }
          let asked = figures[index].told
          return start.versionRow(
            of: row.engine, version: asked.engineVersion.isEmpty ? asked.engine : asked.engineVersion,
            date: asked.engineDate) == row
        }
      case .family(let name, _): touched = families.indices.filter { families[$0] == name }
      case .arithmetic: touched = Array(figures.indices)
      }
      if !touched.isEmpty, isFitted(constant.place) { constants.append((constant, touched)) }
    }
    let count = constants.count
    func catalog(_ logs: [Double]) -> EngineCatalog {
      Self.applied(zip(constants, logs).map { ($0.0, $1) }, to: start)
    }
    func residuals(_ logs: [Double], _ indices: [Int]) -> [Double] {
      let some = indices.map { figures[$0] }
      return zip(some, Self.ratios(some, catalog(logs), tellsEngines: true)).map { figure, ratio in
        guard let ratio else { return 0 }
        if figure.isFloor, ratio >= 1 { return 0 }
        // What was served is a bound: how far below it an answer lies counts by its logarithm.
        return figure.isFloor ? max(log(max(ratio, 1e-9)), -3) : min(ratio - 1, 3)
      }
    }
    let pull = pulls(constants.map(\.0))
    func loss(_ errors: [Double], _ logs: [Double]) -> Double {
      var sum = 0.0
      for (e, w) in zip(errors, weight) {
        let size = abs(e)
        sum += w * (size < 0.25 ? e * e : 0.5 * size - 0.0625)
      }
      for i in 0..<count {
        for (j, pull) in pull[i] { sum += pull * logs[i] * logs[j] }
      }
      return sum
    }
    let everything = Array(figures.indices)
    var logs = [Double](repeating: 0, count: count)
    var errors = residuals(logs, everything)
    var best = loss(errors, logs)
    progress("loss \(best)")
    var damping = 1e-2
    for round in 0..<iterations {
      let step = 0.04
      var jacobian: [[(Int, Double)]] = []
      for i in 0..<count {
        var moved = logs
        moved[i] += step
        let touched = constants[i].touched
        jacobian.append(
          zip(touched, residuals(moved, touched)).compactMap { index, value in
            let slope = (value - errors[index]) / step
            return slope == 0 ? nil : (index, max(-3, min(3, slope)))
          })
      }
      let weights = zip(errors, weight).map { $1 * (abs($0) < 0.25 ? 1 : 0.25 / abs($0)) }
      var matrix = [Double](repeating: 0, count: count * count)
      var right = [Double](repeating: 0, count: count)
      var row = [Double](repeating: 0, count: figures.count)
      for i in 0..<count {
        for (index, slope) in jacobian[i] {
          row[index] = slope * weights[index]
          right[i] -= slope * weights[index] * errors[index]
        }
        for j in 0..<count {
          var sum = 0.0
          for (index, slope) in jacobian[j] { sum += row[index] * slope }
          matrix[i * count + j] = sum
        }
        for (index, _) in jacobian[i] { row[index] = 0 }
        for (j, pull) in pull[i] {
          matrix[i * count + j] += pull
          right[i] -= pull * logs[j]
        }
      }
      var isBetter = false
      for _ in 0..<5 {
        var damped = matrix
        for i in 0..<count { damped[i * count + i] *= 1 + damping }
        guard let move = LinearSystem.solve(damped, right) else {
          damping *= 6
          continue
        }
        let next = zip(logs, move).map { max(-2.5, min(2.5, $0 + max(-0.5, min(0.5, $1)))) }
        let found = residuals(next, everything)
        let value = loss(found, next)
        if value < best {
          isBetter = best - value > 3e-4 * best
          (logs, errors, best) = (next, found, value)
          damping = max(1e-3, damping / 4)
          break
        }
        damping *= 6
      }
      progress("round \(round + 1): loss \(best)")
      if !isBetter { break }
    }
    let fitted = catalog(logs)
    // What no engine of the catalog explains of tables that name none.
    return fitted.replacing(OffsetFit.offsets(OffsetFit.rows(all, Self.ratios(all, fitted))))
  }

  /// The priors of constants as a quadratic form of their logarithms, row by row: a constant alone is drawn to 0, each of
  /// a pool to the pool's mean, and the mean to 0 with three times the deviation.
  func pulls(_ constants: [Constant]) -> [[(Int, Double)]] {
    var pools: [Int: [Int]] = [:]
    for (i, constant) in constants.enumerated() { if let pool = constant.pool { pools[pool, default: []].append(i) } }
    return constants.enumerated().map { i, constant in
      let strength = prior / (constant.freedom * deviation) / (constant.freedom * deviation)
      guard let members = constant.pool.flatMap({ pools[$0] }), members.count > 1 else { return [(i, strength)] }
      let shared = strength / Double(members.count) * (1 - 1 / 9.0)
      return members.map { ($0, ($0 == i ? strength : 0) - shared) }
    }
  }
}
