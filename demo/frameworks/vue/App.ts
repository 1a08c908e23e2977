import { defineComponent, h, onErrorCaptured, ref } from 'vue'

const Cart = defineComponent({
  name: 'Cart',
  setup() {
    const isBroken = ref(false)
    return () => {
      if (isBroken.value) throw new Error('the cart is broken')
      const breakIt = () => {
        isBroken.value = true
      }
      return h('button', { onClick: breakIt }, 'Break the cart')
    }
  },
})

export const App = defineComponent({
  name: 'App',
  setup() {
    const hasFailed = ref(false)
    // What this does not stop by returning false goes on to the app's error handler.
    onErrorCaptured(() => {
      hasFailed.value = true
    })
    return () => (hasFailed.value ? h('p', 'Something went wrong') : h(Cart))
  },
})
