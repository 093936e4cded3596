"""A cloud written down: `landbridge apply -f cloud.yaml` makes it so, `landbridge export` writes it.

    vpc-vrouter:
      - name: r1
        virtualRouterOffering: small      # what the API knows by uuid is named by name
        l3Networks: [web, db]             # and joined to it by as many actions as it takes
    eip:
      - {name: shop, vip: shop, vmNic: web1/web}

`sorts` says what may be written of each noun, `read` makes a file into items, `plan` (pure) finds the steps from what
is there to what is written, `run` does them, `export` goes the other way.  What is not written is left alone.
"""
