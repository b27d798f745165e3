#!/bin/sh
# Makes client-wasm/assets/inter.woff2 and inter-ext.woff2 from the npm package of Inter: the weights and features that the
# style sheets use. Needs npm and Python; the product is checked in, so no build runs this.
set -eu
cd "$(dirname "$0")"
assets=$(cd ../assets && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv tools
tools/bin/pip install --quiet fonttools==4.68.0 brotli==1.2.1
npm pack --silent @fontsource-variable/inter@5.3.0 > /dev/null
tar xzf *.tgz

# subset SOURCE CHARACTERS FILE
subset() {
    tools/bin/fonttools varLib.instancer --quiet "package/files/$1" wght=400:700 --output cut.ttf
    tools/bin/pyftsubset cut.ttf --unicodes="$2" --layout-features=kern,calt,ccmp,tnum,locl,mark,mkmk \
        --flavor=woff2 --output-file="$assets/$3"
}

# What English, French, German, Spanish, Italian, Portuguese, Dutch and the Nordic languages write.
subset inter-latin-wght-normal.woff2 \
    U+0000,U+0020-007E,U+00A0-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+0300-0301,U+0303-0304,U+0308-0309,U+0323,U+2002,U+2009,U+200B,U+2013-2014,U+2018-201A,U+201C-201E,U+2022,U+2026,U+2032-2033,U+2039-203A,U+2044,U+20AC,U+2122,U+2191,U+2193,U+2212,U+FEFF \
    inter.woff2
# The rest of Europe's Latin letters and the signs of currencies: a browser loads these when a name needs one. The ranges
# stand in style.css too.
subset inter-latin-ext-wght-normal.woff2 \
    U+0100-0130,U+0132-0151,U+0154-024F,U+1E00-1E9F,U+1EF2-1EFF,U+20A0-20AB,U+20AD-20C0 \
    inter-ext.woff2
