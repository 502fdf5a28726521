import Planning
import Traffic

/// Where demand comes from, in the order in which the reference shows it. A new source is one file in Sources/ (its keys, its
/// reading, its loading, its example) and one line here.
public enum SourceList {
  public static let all: [SourceDescriptor] = [
    CSVSource.descriptor,
    NDJSONSource.descriptor,
    PrometheusQuerySource.descriptor,
  ]
  public static func named(_ name: String) -> SourceDescriptor? { all.first { $0.name == name } }
}

extension PlanFormat {
  /// The plan file with every source that the program has.
  public static let standard = PlanFormat(sources: SourceList.all)
}
