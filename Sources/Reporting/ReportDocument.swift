import Terminal

/// What a verb answers, in each of the forms that it may be asked for.
public protocol ReportDocument {
  func html() -> String
  func json() -> String
  func markdown() -> String
  /// - Parameter width: columns of the terminal.
  func terminal(width: Int, style: Style) -> String
}

/// One that is also a table, a row a step or a forecast.
public protocol TabularDocument: ReportDocument {
  func csv() -> String
}

extension PlanReport: TabularDocument {}
extension PortfolioReport: TabularDocument {}
extension ForecastReport: TabularDocument {}
extension ReviewReport: TabularDocument {}
extension SimulationReport: ReportDocument {}
extension TuneReport: ReportDocument {}
extension CheckReport: ReportDocument {}
extension Explanation: ReportDocument {}
extension ReplayReport: ReportDocument {}
extension AnalysisReport: ReportDocument {}
