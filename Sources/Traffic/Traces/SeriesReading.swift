import Documents

/// One series of a file, or what is wrong with it alone: the others stand for themselves.
public struct SeriesReading: Sendable {
  public let name: String
  public let series: Result<NamedTrace, Diagnostics>

  init(_ series: NamedTrace) {
    name = series.name
    self.series = .success(series)
  }

  init(_ name: String, fault: Diagnostics) {
    self.name = name
    series = .failure(fault)
  }

  /// As another way to read names it.
  func named(_ name: String, keys: [String]? = nil) -> SeriesReading {
    switch series {
    case .failure(let fault): return SeriesReading(name, fault: fault)
    case .success(var one):
      one.name = name
      one.keys = keys ?? one.keys
      return SeriesReading(one)
    }
  }
}

extension Sequence where Element == SeriesReading {
  /// Faults told at once.
  private static var mostFaults: Int { 20 }

  /// All series, for whoever needs every one.
  ///
  /// - Throws: what is wrong with any of them, each fault once.
  func whole() throws(Diagnostics) -> [NamedTrace] {
    var result: [NamedTrace] = []
    var faults: [Diagnostic] = []
    var seen: Set<Diagnostic> = []
    for one in self where faults.count <= Self.mostFaults {
      switch one.series {
      case .success(let trace): result.append(trace)
      case .failure(let fault): faults += fault.all.filter { seen.insert($0).inserted }
      }
    }
    try Diagnostics(faults).throwIfErrors()
    return result
  }
}
