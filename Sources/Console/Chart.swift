/// Pictures drawn here, each with its numbers in a table beside it.
enum Chart {
    /// Horizontal bars with a table for those who do not see them. Filled with ``bars(_:caption:label:value:)``.
    static let bars = """
        <figure class="chart">
        <figcaption>{{caption}}</figcaption>
        <svg viewBox="0 0 760 {{height}}" role="img" aria-label="{{caption}}" focusable="false">
        {{#rows}}<text x="0" y="{{text_y}}" class="chart-label">{{label}}</text><rect x="310" y="{{y}}" width="{{width}}" height="16" rx="3" class="bar {{class}}"/><text x="{{value_x}}" y="{{text_y}}" class="chart-value">{{value}}</text>
        {{/rows}}</svg>
        <details><summary>{{t.as_table}}</summary><table><thead><tr><th scope="col">{{label_title}}</th><th scope="col" class="number">{{value_title}}</th></tr></thead><tbody>{{#rows}}<tr><td>{{label}}</td><td class="number">{{value}}</td></tr>{{/rows}}</tbody></table></details>
        </figure>
        """
}

extension Visit {
    struct Bar {
        var label: String
        var value: Int
        /// How it is coloured: `allow`, `deny` or nothing.
        var style = ""
    }

    /// For the template `bars`; nil where there is nothing to draw.
    func bars(_ bars: [Bar], caption: String, label: String, value: String) -> Content? {
        guard !bars.isEmpty else { return nil }
        let most = max(1, bars.map(\.value).max() ?? 1)
        let rows = bars.enumerated().map { index, bar -> Content in
            let width = max(1, bar.value * 360 / most)
            return [
                "label": bar.label, "value": count(bar.value), "class": bar.style, "y": index * 26 + 4,
                "text_y": index * 26 + 17, "width": width, "value_x": 318 + width,
            ]
        }
        return [
            "caption": caption, "height": bars.count * 26 + 6, "rows": rows, "label_title": label, "value_title": value,
        ]
    }
}
