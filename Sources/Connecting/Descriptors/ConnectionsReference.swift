import Documents
import Scaling
import Traffic

/// The reference page of sources and exporters, as their lists have them.
public enum ConnectionsReference {
  public static var page: String {
    var text = """
      # Sources and exporters

      Made from the lists in `SourceList` and `ExporterList`; do not edit.

      ## Where demand comes from

      Exactly one of these stands under `traffic.source` of [the plan file](plan-file.md).

      """
    for source in SourceList.all {
      text += "\n### \(source.name)\n\n\(source.summary)\n\n" + table(source.fields)
      text += "\n```yaml\n\(source.example)\n```\n"
    }
    text +=
      "\n### Presets of prometheus\n\nWith `preset: NAME` the query is known, and `headroom import` tells the metrics.\n\n"
    text += "| preset | of | demand | documented at |\n|---|---|---|---|\n"
    for preset in MetricPreset.all {
      text += "| `\(preset.name)` | \(preset.title) | `\(preset.demand(where: "", window: 300))` | \(preset.source) |\n"
    }
    text += "\n## What goes to the cluster\n\n`headroom export FORMAT PLAN --set NAME=VALUE`.\n"
    for exporter in ExporterList.all {
      text += "\n### \(exporter.name)\n\n\(exporter.summary)\n\n" + table(exporter.parameters)
      text += "\n```console\n$ \(exporter.example)\n```\n"
    }
    return text
  }

  private static func table(_ fields: [Field]) -> String {
    "| key | default | meaning |\n|---|---|---|\n"
      + fields.map { "| `\($0.name)` | \($0.required ? "required" : $0.default ?? "none") | \($0.summary) |\n" }
      .joined()
  }

  private static func table(_ parameters: [ExporterDescriptor.Parameter]) -> String {
    "| key | default | meaning |\n|---|---|---|\n"
      + parameters.map {
        "| `\($0.name)` | \($0.defaultValue.isEmpty ? "required" : $0.defaultValue) | \($0.summary) |\n"
      }
      .joined()
  }
}
